"""Rows of settled files: like beside like, traces whole, nothing moved far from its time."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import groupby
from typing import Any

import pyarrow as pa
import pytest

from warehouse.lake import row_order
from warehouse.schemas import layout
from warehouse.schemas.arrow import file_schema
from warehouse.schemas.registry import TABLES

SEED, USUAL_GROUP = 29, 120
SPANS = TABLES["spans"]
Rows = list[dict[str, Any]]


def _spans() -> Rows:
    """Traces of three kinds, some without a place in the tree, in no order."""
    print(f"seed {SEED}")
    draw = random.Random(SEED)
    rows = []
    for trace in range(90):
        kind, start = draw.randrange(3), draw.randrange(10**9)
        for span in range(kind + 2):
            row = {
                "trace_id": f"{draw.randrange(2**20):05x}{trace:027x}" if not span else rows[-1]["trace_id"],
                "span_id": f"{draw.getrandbits(64):016x}",
                "trace_start_unix_nano": start,
                "start_time_unix_nano": start + span * draw.randrange(100),
                "operation_key": 100 * kind + draw.randrange(2) if span else kind,
                "depth": None if kind == 2 and span == 3 else span // 2,
                "parent_service_name": draw.choice(("a", "b", None)),
            }
            rows.append(row)
    draw.shuffle(rows)
    return rows


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SETTLED", replace(layout.SETTLED, row_group=USUAL_GROUP))


def _settled(table: str, rows: Rows) -> Rows:
    names = list(rows[0])
    schema = pa.schema([file_schema(TABLES[table]).field(name) for name in names])
    order = row_order.settled_order(TABLES[table], pa.Table.from_pylist(rows, schema))
    assert sorted(order) == list(range(len(rows)))
    return [rows[at] for at in order]


@pytest.mark.usefixtures("small_groups")
def test_traces_alike_are_neighbours_within_a_slice() -> None:
    rows = _spans()
    slice_rows = -(-layout.settled(len(rows)).row_group // layout.SLICES)
    by_time = sorted(rows, key=lambda r: tuple(r[name] for name in SPANS.sort))
    first = {}
    for at, row in enumerate(by_time):
        first.setdefault(row["trace_id"], at)
    settled = _settled("spans", rows)
    traces = [list(found) for _, found in groupby(settled, key=lambda r: r["trace_id"])]
    assert len(traces) == len(first), "traces are whole"
    slices = [first[trace[0]["trace_id"]] // slice_rows for trace in traces]
    assert slices == sorted(slices)
    assert len(set(slices)) > 5
    heads = {trace: by_time[at]["operation_key"] for trace, at in first.items()}
    alike = [(s, heads[t[0]["trace_id"]], len(t)) for s, t in zip(slices, traces, strict=True)]
    assert len(list(groupby(alike))) == len(set(alike)), "each kind has one stretch of a slice"
    for _, stretch in groupby(zip(alike, traces, strict=True), key=lambda found: found[0]):
        begins = [first[trace[0]["trace_id"]] for _, trace in stretch]
        assert begins == sorted(begins)


def test_spans_of_a_trace_go_by_depth_caller_and_operation() -> None:
    for _, trace in groupby(_settled("spans", _spans()), key=lambda r: r["trace_id"]):
        keys = [
            (
                -1 if r["depth"] is None else r["depth"],
                r["parent_service_name"] or "",
                r["operation_key"],
                r["start_time_unix_nano"],
            )
            for r in trace
        ]
        assert keys == sorted(keys)


@pytest.mark.usefixtures("small_groups")
def test_traces_alike_are_neighbours_within_a_row_group() -> None:
    draw = random.Random(SEED)
    rows = [
        {
            "trace_id": f"{draw.getrandbits(128):032x}",
            "root_operation_name": draw.choice(("a", "b", None)),
            "span_count": draw.randrange(2),
            "start_time_unix_nano": draw.randrange(10**9),
        }
        for _ in range(3 * USUAL_GROUP - 1)
    ]
    group = layout.settled(len(rows)).row_group
    expected = []
    by_id = sorted(rows, key=lambda r: r["trace_id"])
    for at in range(0, len(rows), group):
        expected += sorted(
            by_id[at : at + group],
            key=lambda r: (r["root_operation_name"] or "", r["span_count"], r["start_time_unix_nano"]),
        )
    assert _settled("traces", rows) == expected


def test_other_tables_keep_their_order_and_no_rows_have_none() -> None:
    rows = [
        {"trace_id": f"{n * 7 % 20:032x}", "span_id": "", "ordinal": n // 20, "flags": n} for n in range(80)
    ]
    found = [(r["trace_id"], r["ordinal"], r["flags"]) for r in _settled("span_links", rows)]
    assert found == sorted(found), "equal keys keep the order of the rows"
    empty = file_schema(SPANS).empty_table()
    assert row_order.settled_order(SPANS, empty).tolist() == []
