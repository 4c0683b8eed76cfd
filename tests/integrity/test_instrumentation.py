"""Old keys and unknown members: told once per service, scope and key, with the earliest span as example."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from span_tables import DAY, span, spans, table

from warehouse.integrity.conventions import attributes
from warehouse.integrity.habits import Habits
from warehouse.integrity.instrumentation import add_habits, convention_violations
from warehouse.schemas.layout import ASSEMBLED
from warehouse.schemas.parquet import PartWriter
from warehouse.schemas.registry import TABLES

Row = dict[str, Any]
SCOPES: list[Row] = [
    {"scope_key": 8, "name": "tomcat", "schema_url": "https://opentelemetry.io/schemas/1.9.0"},
    {"scope_key": 9, "name": None, "schema_url": None},
]
RESOURCES: list[Row] = [
    {"resource_key": 7, "schema_url": "https://opentelemetry.io/schemas/1.30.0"},
    {"resource_key": 6, "schema_url": None},
]


def place(row: Row) -> tuple[Any, ...]:
    start = row.get("trace_start_unix_nano")
    return (-1 if start is None else start, row["trace_id"], row["start_time_unix_nano"], row["span_id"])


def violations(folder: Path, *files: list[Row], row_group: int = 4) -> list[Row]:
    """Of files of spans as assembly writes them, each in the table's order. Who wrote them tells the same."""
    paths, known = [], {}
    for number, rows in enumerate(files):
        layout = replace(ASSEMBLED, row_group=row_group)
        written, habits = spans(*sorted(rows, key=place)), Habits()
        with PartWriter(TABLES["spans"], folder, f"{number}.parquet", {}, layout) as writer:
            writer.write(written)
        paths.append(str(folder / f"{number}.parquet"))
        for begin in range(0, len(written), row_group):
            add_habits(habits, written.slice(begin, row_group))
        known[paths[-1]] = Habits.from_json(json.loads(json.dumps(habits.to_json())))
    for name, rows in (("scopes", SCOPES), ("resources", RESOURCES)):
        pq.write_table(table(name, rows), folder / f"{name}.parquet")
    entities = [[str(folder / f"{name}.parquet")] for name in ("scopes", "resources")]
    found, of_writers = (convention_violations(DAY, paths, *entities, told) for told in ({}, known))
    assert found.equals(of_writers)
    return found.to_pylist()


CLEAN = [
    span({"http.request.method": "GET", "graphql.operation.type": "query", "mine": 1}, span_id="1" * 16),
    span({"db.system.name": "my own", "gen_ai.operation.name": "chat"}, span_id="2" * 16),
    span({"http.request.method": "_OTHER"}, span_id="3" * 16),
    span(span_id="4" * 16),
]
DEFECTS: dict[str, tuple[Row, str, str]] = {
    "old name": (
        {"http.status_code": 200},
        "tomcat of shop writes http.status_code (spans: 1); schema 1.9.0 still has it, 1.21.0 renamed it.",
        "Write http.response.status_code instead:",
    ),
    "old name with two heirs": (
        {"net.peer.name": "a"},
        "net.peer.name",
        "Write server.address or client.address",
    ),
    "no heir": ({"db.user": "me"}, "the conventions have deprecated it.", "Leave db.user out, nothing takes"),
    "old name with a column": (
        {"rpc.service": "shop.Cart"},
        "tomcat of shop writes rpc.service (spans: 1); the conventions have deprecated it.",
        "Write rpc.method instead:",
    ),
    "unknown member": (
        {"http.request.method": "FETCH"},
        "such as FETCH (spans: 1)",
        "Write one of CONNECT, ",
    ),
    "unknown member in the map": (
        {"graphql.operation.type": "Query"},
        "such as Query (spans: 1)",
        "Write one of query,",
    ),
}


def test_clean_spans_have_no_violation(tmp_path: Path) -> None:
    assert violations(tmp_path, CLEAN) == []
    assert violations(tmp_path, []) == []
    assert violations(tmp_path) == []


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_one_violation(name: str, tmp_path: Path) -> None:
    written, words, fix = DEFECTS[name]
    (row,) = violations(tmp_path, [*CLEAN, span(written, span_id="5" * 16, trace_id="b" * 32)])
    assert (row["constraint_id"], row["severity"], row["event_date"]) == ("TYPE", "info", DAY)
    assert (row["trace_id"], row["span_id"], row["resource_key"]) == ("b" * 32, "5" * 16, 7)
    assert words in row["detail"] and row["fix"].startswith(fix)


@pytest.mark.parametrize(
    ("scope", "resource", "words"),
    [
        (8, 7, "schema 1.9.0 still has it, 1.21.0 renamed it"),
        (
            9,
            7,
            "An unnamed scope of shop writes http.method (spans: 1); schema 1.30.0, which it states",
        ),
        (9, 6, "it is deprecated since 1.21.0"),
        (99, 99, "it is deprecated since 1.21.0"),
    ],
)
def test_the_schema_of_scope_then_resource_decides_the_words(
    scope: int, resource: int, words: str, tmp_path: Path
) -> None:
    (row,) = violations(tmp_path, [span({"http.method": "GET"}, scope_key=scope, resource_key=resource)])
    assert words in row["detail"]


def test_counts_and_examples_equal_a_plain_count(tmp_path: Path) -> None:
    seed = 20261124
    print(f"seed {seed}")
    rng = random.Random(seed)
    old = [a.key for a in attributes() if a.is_deprecated and not a.is_template]
    rows = []
    expected: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for n in range(400):
        keys = rng.sample([*old[:12], "rpc.service"], rng.randrange(3))
        rows.append(
            span(
                dict.fromkeys(keys, "x"),
                span_id=f"{n:016x}",
                trace_id=f"{rng.randrange(40):032x}",
                start_time_unix_nano=rng.randrange(1000),
                trace_start_unix_nano=rng.choice([None, 5, 6]),
                service_name=rng.choice(["a", "b", None]),
                scope_key=rng.choice([8, 9, -3]),
                resource_key=rng.choice([6, 7]),
            )
        )
        for key in keys:
            expected[rows[-1]["service_name"], rows[-1]["scope_key"], key].append(rows[-1])
    parts: list[list[Row]] = [[], [], []]
    for row in rows:
        parts[int(row["trace_id"], 16) % 3].append(row)
    found = violations(tmp_path, *parts, row_group=50)
    assert len(found) == len(expected)
    examples = sorted((min(own, key=place)["span_id"], str(len(own))) for own in expected.values())
    counted = ((r["span_id"], r["detail"].split("(spans: ")[1].split(")")[0]) for r in found)
    assert sorted(counted) == examples
    # How the day is cut into files and row groups does not matter.
    (tmp_path / "whole").mkdir()
    assert violations(tmp_path / "whole", rows, row_group=1000) == found
