"""What Delta is told about a written file is true, over all its row groups."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.schemas.arrow import file_schema
from warehouse.schemas.layout import ASSEMBLED, LANDING, SETTLED, settled
from warehouse.schemas.parquet import PartWriter
from warehouse.schemas.registry import TABLES

SCOPES = TABLES["scopes"]


def _scopes(keys: range, schema_url: str | None) -> pa.Table:
    rows = [
        {
            "scope_key": key,
            "schema_url": schema_url,
            "attributes": [("k", "v")],
            "attribute_types": "s",
            "dropped_attributes_count": 0,
        }
        for key in keys
    ]
    return pa.Table.from_pylist(rows, file_schema(SCOPES))


def test_statistics_span_all_row_groups(tmp_path: Path) -> None:
    with PartWriter(SCOPES, tmp_path, "part.parquet", {}, replace(LANDING, row_group=100)) as writer:
        writer.write(_scopes(range(500, 900), "b"))
        writer.write(_scopes(range(-7, 93), "a"))
    part = writer.part()
    assert pq.ParquetFile(tmp_path / part.path).num_row_groups == 5
    assert (part.rows, part.size) == (500, (tmp_path / part.path).stat().st_size)
    assert json.loads(part.stats) == {
        "numRecords": 500,
        "minValues": {"scope_key": -7},
        "maxValues": {"scope_key": 899},
        "nullCount": {"scope_key": 0},
    }


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), PartWriter(SCOPES, tmp_path, "part.parquet", {}) as writer:
        writer.write(_scopes(range(900), "a"))
        raise OSError("full")
    assert list(tmp_path.iterdir()) == []


def test_a_column_without_bounds_in_some_row_group_gets_none(tmp_path: Path) -> None:
    streams = TABLES["log_records"]
    rows = [_log("short"), _log(None), _log("x" * 10_000)]
    with PartWriter(streams, tmp_path, "part.parquet", {}, replace(LANDING, row_group=1)) as writer:
        writer.write(pa.Table.from_pylist(rows, file_schema(streams)))
    stats = json.loads(writer.part().stats)
    assert stats["nullCount"]["service_name"] == 1
    assert "service_name" not in stats["minValues"]
    assert stats["minValues"]["time_unix_nano"] == 5


def test_dictionaries_are_written_as_the_plain_columns_that_they_stand_for(tmp_path: Path) -> None:
    table = TABLES["log_records"]
    plain = pa.Table.from_pylist([_log(name) for name in ("c", "b", None, "b")], file_schema(table))
    # The dictionary holds a value that no row has.
    names = pa.DictionaryArray.from_arrays([1, 2, None, 2], ["a", "c", "b"])
    at = plain.column_names.index("service_name")
    for name, rows in (("plain", plain), ("encoded", plain.set_column(at, "service_name", names))):
        with PartWriter(table, tmp_path, name, {}, replace(LANDING, row_group=2)) as writer:
            writer.write(rows)
            # Later rows may be plain.
            writer.write(plain)
    files = [pq.ParquetFile(tmp_path / name) for name in ("plain", "encoded")]
    assert files[0].schema.equals(files[1].schema)
    assert files[0].read().equals(files[1].read())
    assert json.loads(writer.part().stats)["minValues"]["service_name"] == "b"


def _log(service: str | None) -> dict[str, object]:
    return _row("log_records") | {"service_name": service}


def _row(table: str) -> dict[str, object]:
    """Nothing where a column may be null."""
    empty = {"bigint": 5, "int": 0, "double": 1.0, "string": "", "map": [("k", "v")]}
    return {c.name: None if c.nullable else empty[c.type] for c in TABLES[table].file_columns}


def test_no_column_is_byte_stream_split_and_ids_have_no_dictionary(tmp_path: Path) -> None:
    table = TABLES["log_records"]
    with PartWriter(table, tmp_path, "part.parquet", {}) as writer:
        writer.write(pa.Table.from_pylist([_log("a")] * 10, file_schema(table)))
    group = pq.ParquetFile(tmp_path / "part.parquet").metadata.row_group(0)
    encodings = {group.column(i).path_in_schema: group.column(i).encodings for i in range(group.num_columns)}
    assert not any("BYTE_STREAM_SPLIT" in found for found in encodings.values())
    assert "RLE_DICTIONARY" not in encodings["trace_id"]
    assert "DELTA_LENGTH_BYTE_ARRAY" in encodings["trace_id"]
    assert "DELTA_BINARY_PACKED" in encodings["time_unix_nano"]
    assert "RLE_DICTIONARY" in encodings["attributes.key_value.key"]


def test_settled_files_have_maps_apart_from_lengths_and_leave_starts_to_zstd(tmp_path: Path) -> None:
    table = TABLES["spans"]
    for layout in (ASSEMBLED, SETTLED):
        with PartWriter(table, tmp_path, f"{layout.zstd}.parquet", {}, layout) as writer:
            writer.write(pa.Table.from_pylist([_row("spans")] * 10, file_schema(table)))
    first, last = (
        {c["path_in_schema"]: set(c["encodings"]) - {"RLE"} for c in group["columns"]}
        for layout in (ASSEMBLED, SETTLED)
        for group in [pq.read_metadata(tmp_path / f"{layout.zstd}.parquet").row_group(0).to_dict()]
    )
    changed = {path: (sorted(first[path]), sorted(last[path])) for path in last if first[path] != last[path]}
    regular = {"resource_key", "scope_key", "operation_key", "kind", "server_port", "user_id", "url_path"}
    assert changed == dict.fromkeys(
        regular | {"db_query_text", "attribute_types"}, (["PLAIN", "RLE_DICTIONARY"], ["PLAIN"])
    ) | {
        "attributes.key_value.value": (["PLAIN", "RLE_DICTIONARY"], ["DELTA_LENGTH_BYTE_ARRAY"]),
        "start_time_unix_nano": (["DELTA_BINARY_PACKED"], ["PLAIN"]),
    }


def test_row_groups_of_a_settled_file_are_equal_and_none_is_small() -> None:
    usual = SETTLED.row_group
    most = usual * 6 // 5
    for rows in (1, usual - 1, usual, most, most + 1, 200_000, 1_000_000, 4_000_000):
        group = settled(rows).row_group
        groups = -(-rows // group)
        last = rows - (groups - 1) * group
        assert group - groups < last <= group <= most, rows
        assert group >= min(rows, most // 2), rows
    assert settled(0).row_group == 1
