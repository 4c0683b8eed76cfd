"""Assembly: landing spans into whole traces, as one recorded plan."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from deltalake import DeltaTable

from warehouse.errors import WarehouseError
from warehouse.lake.assembly_commit import (
    ASSEMBLED_TABLES,
    LANDING_TABLES,
    TableChange,
    assembly_folder,
    finish_assembly_commit,
    last_assembly,
    save_changes,
)
from warehouse.lake.creation import create_missing
from warehouse.lake.failures import lake_errors
from warehouse.lake.json_files import read_json, write_json
from warehouse.lake.lock import assembly_lock, commit_lock
from warehouse.lake.rearranged import refuse_rearranged
from warehouse.lake.snapshot import pinned_versions, snapshot
from warehouse.lake.tables import LEDGER, open_table
from warehouse.stores.places import Place, place, remove_folder
from warehouse.telemetry import count, traced
from warehouse.traces.crew import Crew, Threads
from warehouse.traces.judgments import VIOLATIONS, DateJudge
from warehouse.traces.memory import system_memory
from warehouse.traces.oversized import TRACE_LIMIT, oversized_parts
from warehouse.traces.plan import AssemblyPlan
from warehouse.traces.planning import plan_assembly
from warehouse.traces.ranges import UNIT_ROWS
from warehouse.traces.redone import Redone
from warehouse.traces.reissued import reissued_traces
from warehouse.traces.small_dates import remove, with_small_dates_joined
from warehouse.traces.units import UnitResult, Workshop

Progress = Callable[[int, int], None]
"""Called with spans done and spans in all."""


@dataclass(slots=True)
class AssembleResult:
    """What a run did. `assembly_id` is None when nothing was due; `dates` were assembled or judged anew,
    `waiting` spans stay in landing."""

    assembly_id: int | None = None
    dates: int = 0
    spans: int = 0
    traces: int = 0
    violations: int = 0
    conflicts: int = 0
    waiting: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The object of `assemble --json`."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


@traced("assemble")
def assemble(
    lake: str | Place,
    *,
    settle: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    unit_rows: int = UNIT_ROWS,
    trace_limit: int = TRACE_LIMIT,
    now_unix_nano: int | None = None,
    crew: Crew | None = None,
) -> AssembleResult:
    """Bring `spans`, its children, `traces` and `integrity_violations` up to date with what landed.

    Late spans of old dates wait until it is worth rewriting their date; `settle` takes everything. `workers`
    are threads, all cores when None, unless a `crew` is given; each holds about `unit_rows` spans. A trace of
    more than `trace_limit` spans is not computed, only counted. What an earlier run left unfinished is
    completed first. Ingest may run meanwhile.
    Raises WarehouseError when there is no lake, another assembly runs, or the lake cannot be written.
    """
    started, lake = time.monotonic(), place(lake)
    open_table(lake, LEDGER)
    done = AssembleResult()
    with lake_errors(lake, "assemble"), assembly_lock(lake), system_memory():
        create_missing(lake)
        _commit(lake)
        crew = crew or Threads(workers or len(os.sched_getaffinity(0)))
        now = now_unix_nano or time.time_ns()
        is_old = True
        while is_old:
            tables = snapshot(lake)
            refuse_rearranged(lake, {name: tables[name] for name in (*LANDING_TABLES, *ASSEMBLED_TABLES)})
            how = {"settle": settle, "unit_rows": unit_rows, "trace_limit": trace_limit}
            plan, is_old = _next_plan(lake, tables, now, how)
            if plan is not None:
                _carry_out(lake, tables, plan, crew, progress, done)
        waiting = open_table(lake, "spans_landing", pinned_versions(lake)["spans_landing"])
        done.waiting = waiting.count()
    done.seconds = time.monotonic() - started
    written = {"spans": done.spans, "traces": done.traces, VIOLATIONS: done.violations}
    for table, rows in written.items():
        count("rows.written", rows, "{row}", db__collection__name=table)
    count("records.rejected", done.conflicts, "{record}")
    return done


@traced("plan")
def _next_plan(
    lake: Place, tables: dict[str, DeltaTable], now: int, how: dict[str, Any]
) -> tuple[AssemblyPlan | None, bool]:
    """The plan to carry out, None when nothing is due, and whether an earlier run made it."""
    number = last_assembly(lake) + 1
    folder = assembly_folder(lake, number)
    recorded = read_json(folder / "plan.json")
    if recorded is not None:
        return AssemblyPlan.from_json(recorded), True
    remove_folder(folder)
    plan = plan_assembly(lake, tables, number, now, **how)
    if plan is None:
        if not DateJudge(lake, tables, {}, {}).due():
            return None, False
        plan = AssemblyPlan(number, now, Redone({}), {}, {}, ())
    write_json(folder / "plan.json", plan.to_json())
    return plan, False


def _carry_out(
    lake: Place,
    tables: dict[str, DeltaTable],
    plan: AssemblyPlan,
    crew: Crew,
    progress: Progress | None,
    done: AssembleResult,
) -> None:
    workshop = Workshop(lake, plan, tables)
    count("rows.read", sum(unit.rows for unit in plan.units), "{row}", db__collection__name="spans")
    results = _run_units(workshop, plan, crew, progress)
    joined = with_small_dates_joined(lake, plan, _changes(workshop.plan, results))
    changes = joined.changes
    large = oversized_parts(lake, plan.number, workshop.counted())
    for name, parts in large.items():
        changes[name] += TableChange(tuple(parts))
    reissued = reissued_traces(lake, tables["traces"], changes["traces"], workshop.elsewhere(), plan.number)
    changes["traces"] = reissued.change
    habits = {path: found for result in results for path, found in result.habits.items()}
    judge = DateJudge(lake, tables, changes, habits)
    days = judge.due()
    changes[VIOLATIONS] += judge.judge(days, crew)
    save_changes(lake, plan.number, changes)
    remove((*joined.superfluous, *reissued.superfluous))
    # An ingest that commits meanwhile finishes what is saved.
    if _commit(lake) is None and last_assembly(lake) < plan.number:
        raise WarehouseError(
            f"An ingest into {lake} was interrupted: run `otlp-warehouse ingest` again, which completes it, "
            "then assemble."
        )
    done.assembly_id, done.dates = plan.number, len({*plan.dates, *days})
    done.spans += sum(r.rows.get("spans", 0) for r in results)
    done.traces += sum(r.rows.get("traces", 0) for r in results) + sum(p.rows for p in large["traces"])
    done.violations += sum(part.rows for part in changes[VIOLATIONS].added)
    done.conflicts += sum(r.rows.get("rejects", 0) for r in results)


@traced("units")
def _run_units(
    workshop: Workshop, plan: AssemblyPlan, crew: Crew, progress: Progress | None
) -> list[UnitResult]:
    """Survey and assemble every unit, each worker a contiguous run of them."""
    size = -(-len(plan.units) // crew.runs) or 1
    runs = [plan.units[i : i + size] for i in range(0, len(plan.units), size)]
    total, spans = sum(u.rows for u in plan.units), 0
    results: list[UnitResult] = []
    workshop.survey(crew, runs)
    for finished in crew.each(workshop.assemble_run, runs):
        results += finished
        spans += sum(plan.units[r.unit].rows for r in finished)
        if progress:
            progress(spans, total)
    return results


def _changes(plan: AssemblyPlan, results: list[UnitResult]) -> dict[str, TableChange]:
    rewritten = plan.rewritten()
    changes = {
        name: TableChange(
            tuple(p for r in results for p in r.parts.get(name, ())),
            tuple(f.data_file() for f in rewritten.get(name, ())),
        )
        for name in ASSEMBLED_TABLES
    }
    changes["rejects"] = TableChange(tuple(p for r in results for p in r.parts.get("rejects", ())))
    return changes | {
        name: TableChange((), tuple(f.data_file() for f in plan.landing.get(name, ())))
        for name in LANDING_TABLES
    }


@traced("commit")
def _commit(lake: Place) -> int | None:
    with commit_lock(lake):
        return finish_assembly_commit(lake)
