"""A span that arrives again and again is held once, however often, and counted."""

from __future__ import annotations

import datetime
import json
import random
from pathlib import Path

import pyarrow as pa
import pytest
from assembled_content import accounts, content, views
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from warehouse import _native
from warehouse.integrity.constraints import CONSTRAINTS
from warehouse.integrity.rendering import SCHEMA, in_order
from warehouse.lake.assembly_commit import assembly_folder
from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.traces import units
from warehouse.traces.assemble import assemble
from warehouse.traces.assembled import Assembled
from warehouse.traces.conflicts import CONFLICT, MORE, MOST_TOLD, told_together
from warehouse.traces.copies import folded
from warehouse.traces.crew import Threads
from warehouse.traces.planning import plan_assembly
from warehouse.traces.runs import Runs, write_runs
from warehouse.traces.unit_rows import UnitReader, UnitRows

MIDNIGHT = 1_795_132_800_000_000_000
COPIES = 20_000


def _line(spans: list[dict[str, object]]) -> str:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}) + "\n"


def _span(span_id: str, **more: object) -> dict[str, object]:
    times = {"startTimeUnixNano": str(MIDNIGHT), "endTimeUnixNano": str(MIDNIGHT + 1_000)}
    event = {"timeUnixNano": str(MIDNIGHT), "name": "again"}
    return {"traceId": "ab" * 16, "spanId": span_id, "name": "n", **times, "events": [event]} | more


def _lake(folder: Path, many: int) -> Path:
    """Copies of a span, among them three of other content, a child of it, and two rows without a span id."""
    often, other = _span("11" * 8), _span("11" * 8, name="other", endTimeUnixNano=str(MIDNIGHT + 10))
    lines = [_line([often] * 100) for _ in range(many // 100)]
    lines.insert(1, _line([other, _span("22" * 8, parentSpanId="11" * 8), _span(""), other, _span("")]))
    (folder / "source").write_text("".join([*lines, _line([other])]))
    ingest([folder / "source"], folder / "lake")
    return folder / "lake"


def test_copies_are_counted_and_their_children_stay_once(tmp_path: Path) -> None:
    lake = _lake(tmp_path, COPIES)
    assemble(lake, settle=True)
    found, held = accounts(lake)
    assert found == held == COPIES + 6
    with views(lake) as con:
        spans = con.sql("select span_id, duplicate_count from lake.spans order by all").fetchall()
        events = con.sql("select span_id, count(*) from lake.span_events group by 1 order by 1").fetchall()
    assert [(i or "", n) for i, n in spans] == [("", 0), ("", 0), ("11" * 8, COPIES - 1), ("22" * 8, 0)]
    assert [(i or "", n) for i, n in events] == [("", 2), ("11" * 8, 1), ("22" * 8, 1)]
    assert len(content(lake)["rejects"]) == 3


def test_a_unit_holds_the_one_of_all_copies_that_stays(tmp_path: Path) -> None:
    lake = _lake(tmp_path, COPIES)
    folder = assembly_folder(lake, 1)
    plan = plan_assembly(lake, snapshot(lake), 1, 2 * 10**18, settle=True, unit_rows=COPIES * 2)
    assert plan is not None
    reader = UnitReader(lake, folder, plan, folder, write_runs(lake, folder, plan, Threads(1)))
    rows = [reader.read(unit) for unit in plan.units]
    assert sum(r.spans.num_rows for r in rows) == 4
    assert sum(r.events.num_rows for r in rows) == 4


@pytest.mark.parametrize("other", ["trace_id", "span_id"])
def test_spans_whose_content_keys_agree_by_chance_are_no_copies(other: str) -> None:
    ids = {"trace_id": ["ab" * 16] * 5, "span_id": ["11" * 8] * 5}
    ids[other][3:] = ["cd" * (len(ids[other][0]) // 2)] * 2
    found = folded("spans_landing", pa.table(ids | {"content_key": [7] * 5}))
    assert found[other].to_pylist() == [ids[other][0], ids[other][3]]
    assert found["duplicate_count"].to_pylist() == [2, 1]


def _others(many: int) -> list[str]:
    """Lines of copies of a span that all have other content, in no order, some of them twice."""
    copies = [
        _span("11" * 8, name=f"copy {n}", events=[{"timeUnixNano": str(MIDNIGHT), "name": f"event {n}"}])
        for n in range(many)
    ]
    random.Random(many).shuffle(copies)
    lines = [_line(copies[begin : begin + 100]) for begin in range(0, many, 100)]
    return [*lines, lines[7]]


def _told(lake: Path) -> list[tuple[str, int]]:
    with views(lake) as con:
        query = (
            "select finding, count(*) from lake.integrity_violations where constraint_id = 'IC1' group by 1"
        )
        return sorted(con.sql(query).fetchall())


def test_copies_of_other_content_are_set_aside_and_encoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, lake = 5_000, tmp_path / "lake"
    (tmp_path / "source").write_text("".join(_others(many)))
    ingest([tmp_path / "source"], lake)
    encoded: list[int] = []
    held: list[int] = []
    encode, assemble_rows = _native.encode_each, units.assemble_rows

    def counted(tables: dict[str, bytes], *more: object) -> list[tuple[bytes, int]]:
        found = encode(tables, *more)  # type: ignore[arg-type]
        encoded.append(len(found))
        return found

    def watched(rows: UnitRows, *more: object) -> Assembled:
        held.extend((rows.spans.num_rows, rows.events.num_rows))
        return assemble_rows(rows, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(_native, "encode_each", counted)
    monkeypatch.setattr(units, "assemble_rows", watched)
    assemble(lake, settle=True)
    assert sum(encoded) == many - 1, "work grows with the copies, not with their square"
    assert held == [1, 1]
    found, accounted = accounts(lake)
    assert found == accounted == many + 100
    with views(lake) as con:
        raw = con.sql("select raw, length_bytes from lake.rejects").fetchall()
        (kept,) = con.sql("select name, event_count, issues from lake.spans").fetchall()
        (event,) = con.sql("select name from lake.span_events").fetchall()
        (more,) = con.sql(f"select detail from lake.integrity_violations where finding = '{MORE}'").fetchall()
    told = []
    for message, length in raw:
        request = ExportTraceServiceRequest.FromString(message)
        (span,) = request.resource_spans[0].scope_spans[0].spans
        assert length == len(message)
        told.append((span.name.split()[1], *(event.name.split()[1] for event in span.events)))
    assert {n for n, _ in told} | {kept[0].split()[1]} == {str(n) for n in range(many)}
    assert all(n == event for n, event in told)
    assert event[0].split()[1] == kept[0].split()[1]
    assert kept[2] & CONSTRAINTS["IC1"].bit
    assert _told(lake) == [(CONFLICT, MOST_TOLD), (MORE, 1)]
    assert more[0].startswith(f"{len(raw) - MOST_TOLD} more copies of the span")
    assert list(tmp_path.rglob("outranked*")) == []


def test_what_is_told_of_copies_does_not_depend_on_how_they_arrive(tmp_path: Path) -> None:
    """At once; in five runs; and with the copy that stays, of which there are many, overtaken at last."""
    lines = _others(1_000)
    last = _line([_span("11" * 8, name="the last", endTimeUnixNano=str(MIDNIGHT + 10**6))])
    first = [_line([_span("11" * 8, name="the first", endTimeUnixNano=str(MIDNIGHT + 10**5))] * 150)]
    for name, runs in {
        "at once": [[*lines, last, *first]],
        "in runs": [first, lines[:2], lines[2:7], lines[7:], [last]],
    }.items():
        for number, run in enumerate(runs):
            (tmp_path / f"{name} {number}").write_text("".join(run))
            ingest([tmp_path / f"{name} {number}"], tmp_path / name)
            assemble(tmp_path / name, settle=True)
    once, in_runs = (content(tmp_path / name) for name in ("at once", "in runs"))
    assert once == in_runs
    assert _told(tmp_path / "in runs") == [(CONFLICT, MOST_TOLD), (MORE, 1)]
    assert len(once["rejects"]) == 1_100 + 150


def test_copies_that_never_follow_each_other_are_set_aside_too(tmp_path: Path) -> None:
    """Two spans of a trace by turns, each a nanosecond after the other, as landing files sort them."""
    spans = [
        _span(f"{n % 2 + 1:016x}", startTimeUnixNano=str(MIDNIGHT + n), endTimeUnixNano=str(MIDNIGHT + 2 * n))
        for n in range(3_000)
    ]
    (tmp_path / "source").write_text(_line(spans))
    ingest([tmp_path / "source"], tmp_path / "lake")
    folder = assembly_folder(tmp_path / "lake", 1)
    plan = plan_assembly(
        tmp_path / "lake", snapshot(tmp_path / "lake"), 1, 2 * 10**18, settle=True, unit_rows=10**6
    )
    assert plan is not None
    rows = UnitReader(tmp_path / "lake", folder, plan, folder, Runs({}, {})).read(plan.units[0])
    assert (rows.spans.num_rows, rows.events.num_rows) == (2, 2)
    assert rows.spans["start_time_unix_nano"].to_pylist() == [MIDNIGHT + 2_998, MIDNIGHT + 2_999]


def test_copies_in_a_trace_too_large_to_compute_are_set_aside_too(tmp_path: Path) -> None:
    spans = [_span(f"{n % 50 + 1:016x}", name=f"copy {n}") for n in range(500)]
    (tmp_path / "source").write_text(_line(spans))
    ingest([tmp_path / "source"], tmp_path / "lake")
    assemble(tmp_path / "lake", settle=True, trace_limit=40, unit_rows=100)
    assert accounts(tmp_path / "lake") == (500, 500)
    assert _told(tmp_path / "lake") == [(CONFLICT, 450)]
    with views(tmp_path / "lake") as con:
        assert con.sql("select distinct issues & 1 from lake.spans").fetchall() == [(1,)]
        events = con.sql("select count(*), count(distinct span_id) from lake.span_events").fetchall()
    assert events == [(50, 50)]


def _conflicts(seed: int) -> pa.Table:
    """Violations by copies of two spans in which some rows are equal."""
    chance = random.Random(seed)
    rows = []
    for number in range(chance.randrange(300, 600)):
        detail, span = f"{chance.randrange(200)} of them", f"{chance.randrange(2):016x}"
        rows.append({"trace_id": "ab" * 16, "span_id": span, "detail": f"Copy {detail}", "finding": CONFLICT})
        rows[-1] |= {"event_date": datetime.date(2026, 11, 20), "constraint_id": "IC1", "severity": "error"}
        rows[-1] |= {"fix": "None.", "resource_key": number % 3 or None}
    return pa.Table.from_pylist(rows, SCHEMA)


@pytest.mark.parametrize("seed", range(5))
def test_parts_that_were_told_before_give_what_the_whole_gives(seed: int) -> None:
    whole = _conflicts(seed)
    cut = random.Random(seed).randrange(whole.num_rows)
    parts = [told_together(part) for part in (whole.slice(cut), whole.slice(0, cut))]
    assert in_order(told_together(whole)).equals(in_order(told_together(pa.concat_tables(parts))))
    assert told_together(whole).num_rows == 2 * (MOST_TOLD + 1)
