"""The native Parquet writer: what pyarrow, DuckDB and Delta find in its files is what was decoded."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse import _native
from warehouse.schemas.parquet import native_formats
from warehouse.schemas.promoted import decoder_columns

FORMATS = native_formats()
SECOND = 1_700_000_000_000_000_000
"""2023-11-14."""


def _log_line(records: list[dict[str, Any]], service: str | None) -> bytes:
    attributes = [] if service is None else [{"key": "service.name", "value": {"stringValue": service}}]
    group = {"resource": {"attributes": attributes}, "scopeLogs": [{"logRecords": records}]}
    return json.dumps({"resourceLogs": [group]}).encode() + b"\n"


def _record(number: int, body: str) -> dict[str, Any]:
    attributes = [{"key": f"k{i}", "value": {"intValue": str(number * i)}} for i in range(number % 4)]
    time = SECOND + number * 7_919_000_003 % 86_400_000_000_000
    flags = {"flags": 1} if number % 3 else {}
    return {"timeUnixNano": str(time), "body": {"stringValue": body}, "attributes": attributes, **flags}


def _files(lines: list[bytes], row_group: int) -> list[tuple[Any, ...]]:
    decoder = _native.Decoder(decoder_columns(), 1, SECOND * 2)
    decoder.feed(b"".join(lines), "json_lines", 5, "memory", 0, True)
    formats = {name: (columns, row_group, level) for name, (columns, _, level) in FORMATS.items()}
    return [f for f in decoder.finish(formats) if f[0] == "log_records"]


def _read(files: list[tuple[Any, ...]]) -> pa.Table:
    return pa.concat_tables([pq.read_table(io.BytesIO(content)) for _, _, content, _, _ in files])


@pytest.mark.parametrize("row_group", [1, 7, 1000])
def test_rows_do_not_depend_on_row_groups(row_group: int) -> None:
    lines = [_log_line([_record(n, f"body {n}")], ["a", None, "b"][n % 3]) for n in range(300)]
    files, whole = _files(lines, row_group), _files(lines, 1_000_000)
    assert _read(files).equals(_read(whole))
    assert [f[1] for f in files] == sorted({f[1] for f in whole})
    for _, _, content, rows, _ in files:
        metadata = pq.read_metadata(io.BytesIO(content))
        assert (metadata.num_rows, metadata.num_row_groups) == (rows, -(-rows // row_group))


def test_long_texts_are_spread_over_pages_and_need_no_dictionary(tmp_path: Path) -> None:
    bodies = [chr(ord("a") + n % 26) * (10_000 + n) for n in range(400)]
    files = _files([_log_line([_record(n, b) for n, b in enumerate(bodies)], "a")], 1_000)
    table = _read(files)
    assert sorted(table["body"].to_pylist()) == sorted(bodies)
    for number, (_, _, content, rows, _) in enumerate(files):
        (tmp_path / f"{number}.parquet").write_bytes(content)
        group = pq.read_metadata(io.BytesIO(content)).row_group(0)
        body = next(
            group.column(i) for i in range(group.num_columns) if group.column(i).path_in_schema == "body"
        )
        assert "RLE_DICTIONARY" not in body.encodings or rows * 10_000 < 1_000_000
    by_duckdb = duckdb.sql(f"select body from read_parquet('{tmp_path}/*.parquet')").fetchall()
    assert sorted(b for (b,) in by_duckdb) == sorted(bodies)


def test_statistics_are_those_of_the_rows() -> None:
    lines = [_log_line([_record(n, "x")], ["m", "z" * 5_000, None, "c"][n % 4]) for n in range(40)]
    for _, _, content, rows, stats in _files(lines, 5):
        found, table = json.loads(stats), pq.read_table(io.BytesIO(content))
        assert found["numRecords"] == rows
        times = table["time_unix_nano"].to_pylist()
        assert (found["minValues"]["time_unix_nano"], found["maxValues"]["time_unix_nano"]) == (
            min(times),
            max(times),
        )
        assert found["nullCount"]["service_name"] == table["service_name"].null_count
        has_long = any(len(s or "") > 4_096 for s in table["service_name"].to_pylist())
        assert ("service_name" in found["minValues"]) != has_long


def test_a_format_that_does_not_fit_is_refused() -> None:
    decoder = _native.Decoder([], 1, SECOND)
    with pytest.raises(ValueError, match="encoding delta"):
        decoder.finish({"logs": ([("body", "string", True, "delta", False)], 10, 1)})
    with pytest.raises(ValueError, match="cannot be null"):
        decoder.finish({"logs": ([("attributes", "map", True, "plain", False)], 10, 1)})
    decoder.feed(_log_line([_record(1, "x")], "a"), "json_lines", 5, "memory", 0, True)
    with pytest.raises(RuntimeError, match="table log_records has no format"):
        decoder.finish({name: f for name, f in FORMATS.items() if name != "log_records"})


def test_a_format_without_columns_leaves_a_table_out() -> None:
    decoder = _native.Decoder(decoder_columns(), 1, SECOND)
    decoder.feed(_log_line([_record(1, "x")], "a"), "json_lines", 5, "memory", 0, True)
    made = decoder.finish(FORMATS | {"log_records": ([], 1, 1)})
    assert sorted({name for name, *_ in made}) == ["resources", "scopes"]
