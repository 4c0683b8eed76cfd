"""A span that arrives again and again is held once, however often, and counted."""

from __future__ import annotations

import json
from pathlib import Path

from assembled_content import accounts, content, views

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
