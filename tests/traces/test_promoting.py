"""Files from before a promotion read as if their attributes had always been columns."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.lake.ingest import ingest
from warehouse.schemas.arrow import ARROW_TYPES, file_schema
from warehouse.schemas.promoted import encoder_columns
from warehouse.schemas.registry import TABLES
from warehouse.traces.rows import of_partition

DAY = "2026-11-20"
_START = 1_795_132_800_000_000_000
_VALUES = {
    "user.id": [{"stringValue": "u-1"}, {"stringValue": ""}, {"intValue": "7"}],
    "http.response.status_code": [{"intValue": "503"}, {"intValue": str(-(2**63))}, {"stringValue": "503"}],
    "faas.coldstart": [{"boolValue": True}, {"boolValue": False}, {"stringValue": "true"}],
    "http.route": [{"stringValue": "/a\u00e9"}, {"arrayValue": {"values": []}}],
    "own": [{"doubleValue": 0.5}, {"bytesValue": "AAE="}],
    "http.method": [{"stringValue": "GET"}],
}


def _landed(folder: Path, seed: int) -> pa.Table:
    rng = random.Random(seed)
    lines = []
    for n in range(60):
        attributes = [
            {"key": key, "value": rng.choice(values)} for key, values in _VALUES.items() if rng.random() < 0.6
        ]
        rng.shuffle(attributes)
        start = str(_START + n)
        span = {
            "traceId": f"{n + 1:032x}",
            "spanId": f"{n + 1:016x}",
            "name": "n",
            "startTimeUnixNano": start,
        }
        span |= {"endTimeUnixNano": start, "attributes": attributes if n % 7 else []}
        lines.append(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}))
    folder.mkdir()
    (folder / "spans.jsonl").write_text("\n".join(lines))
    ingest([folder / "spans.jsonl"], folder / "lake")
    (file,) = (folder / "lake" / "spans_landing").rglob("*.parquet")
    return pq.ParquetFile(file).read().cast(file_schema(TABLES["spans_landing"]))


def _before_promotion(rows: pa.Table, columns: list[str]) -> pa.Table:
    """The rows of a file that kept the attributes of these columns in the map, wherever in it."""
    named = {column: (key, letter) for column, key, letter in encoder_columns()["spans"]}
    maps: list[list[tuple[str, Any]]] = rows["attributes"].to_pylist()
    letters = [list(text) for text in rows["attribute_types"].to_pylist()]
    for column in columns:
        key, letter = named[column]
        for row, value in enumerate(rows[column].to_pylist()):
            if value is not None:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                at = row % (len(maps[row]) + 1)
                maps[row].insert(at, (key, text))
                letters[row].insert(at, letter)
    held = {
        "attributes": pa.array(maps, ARROW_TYPES["map"]),
        "attribute_types": ["".join(t) for t in letters],
    }
    return pa.table({name: held.get(name, rows[name]) for name in rows.column_names if name not in columns})


@pytest.mark.parametrize(
    "columns", [["user_id"], ["user_id", "http_response_status_code", "faas_coldstart", "http_route"]]
)
def test_an_older_file_reads_as_one_of_today(columns: list[str], tmp_path: Path) -> None:
    table = TABLES["spans_landing"]
    rows = _landed(tmp_path / "landed", seed=20)
    wanted = [c for c in table.column_names if c != "event_date"]
    today = of_partition(rows, table, DAY, wanted)
    older = _before_promotion(rows, columns)
    assert older["attributes"].to_pylist() != rows["attributes"].to_pylist()
    assert of_partition(older, table, DAY, wanted).to_pylist() == today.to_pylist()
    # Texts with few values are read as dictionaries.
    names = [name for name in older.column_names if pa.types.is_string(older.schema.field(name).type)]
    encoded = older
    for name in names:
        encoded = encoded.set_column(encoded.column_names.index(name), name, older[name].dictionary_encode())
    assert of_partition(encoded, table, DAY, wanted).to_pylist() == today.to_pylist()
    # Without the maps there is nothing to take values from, and nothing to take them out of.
    some = of_partition(older, table, DAY, ["trace_id", *columns])
    assert all(some[column].null_count == len(some) for column in columns)
