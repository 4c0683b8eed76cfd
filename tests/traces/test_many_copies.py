"""A span that arrives again and again is held once, however often, and counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from assembled_content import accounts, content, views
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from warehouse import _native
from warehouse.lake.assembly_commit import assembly_folder
from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.traces.assemble import assemble
from warehouse.traces.crew import Threads
from warehouse.traces.planning import plan_assembly
from warehouse.traces.runs import write_runs
from warehouse.traces.unit_rows import UnitReader

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


def test_a_unit_holds_one_of_all_copies(tmp_path: Path) -> None:
    lake = _lake(tmp_path, COPIES)
    folder = assembly_folder(lake, 1)
    plan = plan_assembly(lake, snapshot(lake), 1, 2 * 10**18, settle=True, unit_rows=COPIES * 2)
    assert plan is not None
    reader = UnitReader(lake, folder, plan, folder, write_runs(lake, folder, plan, Threads(1)))
    rows = [reader.read(unit) for unit in plan.units]
    assert sum(r.spans.num_rows for r in rows) == 5
    assert sum(r.events.num_rows for r in rows) == 5


def test_copies_of_other_content_are_told_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = 5_000
    said = [{"timeUnixNano": str(MIDNIGHT), "name": f"event {n}"} for n in range(many)]
    copies = [_span("11" * 8, name=f"copy {n}", events=[said[n]]) for n in range(many)]
    lines = [_line(copies[begin : begin + 100]) for begin in range(0, many, 100)]
    (tmp_path / "source").write_text("".join([*lines, lines[7]]))
    ingest([tmp_path / "source"], tmp_path / "lake")
    calls: list[int] = []
    encode = _native.encode_each

    def counted(tables: dict[str, bytes], *more: object) -> list[tuple[bytes, int]]:
        found = encode(tables, *more)  # type: ignore[arg-type]
        calls.append(len(found))
        return found

    monkeypatch.setattr(_native, "encode_each", counted)
    assemble(tmp_path / "lake", settle=True)
    assert calls == [many - 1], "work grows with the copies, not with their square"
    found, held = accounts(tmp_path / "lake")
    assert found == held == many + 100
    with views(tmp_path / "lake") as con:
        raw = con.sql("select raw, length_bytes from lake.rejects").fetchall()
        (kept,) = con.sql("select name, event_count from lake.spans").fetchall()
        (event,) = con.sql("select name from lake.span_events").fetchall()
    told = []
    for message, length in raw:
        request = ExportTraceServiceRequest.FromString(message)
        (span,) = request.resource_spans[0].scope_spans[0].spans
        assert length == len(message)
        told.append((span.name.split()[1], *(event.name.split()[1] for event in span.events)))
    assert {n for n, _ in told} | {kept[0].split()[1]} == {str(n) for n in range(many)}
    assert all(n == event for n, event in told)
    assert event[0].split()[1] == kept[0].split()[1]
