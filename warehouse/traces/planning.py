"""Deciding what an assembly does: the landing files it takes, the dates it rewrites, its units."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from deltalake import DeltaTable

from warehouse.lake.assembly_commit import ASSEMBLED_TABLES, LANDING_TABLES, assembly_folder
from warehouse.traces.arrivals import dates_to_take
from warehouse.traces.context import connect, relation, save_context
from warehouse.traces.files import TraceFile, trace_files
from warehouse.traces.plan import AssemblyPlan
from warehouse.traces.ranges import plan_units


def plan_assembly(
    lake: Path,
    tables: dict[str, DeltaTable],
    number: int,
    now_unix_nano: int,
    *,
    settle: bool,
    unit_rows: int,
) -> AssemblyPlan | None:
    """The plan for what lies in landing now, None when nothing is due. `tables` is a snapshot of the lake.

    Also writes the plan's context: see `warehouse.traces.context`.
    """
    held = {name: trace_files(tables[name]) for name in (*LANDING_TABLES, *ASSEMBLED_TABLES)}
    taken = dates_to_take(held["spans_landing"], held["spans"], now_unix_nano, settle=settle)
    landing = {name: _of_dates(held[name], taken) for name in LANDING_TABLES}
    if not landing["spans_landing"]:
        return None
    dates = sorted(taken | _touched_dates(lake, landing["spans_landing"], held["traces"]))
    save_context(lake, assembly_folder(lake, number), held, dates)
    assembled = {name: _of_dates(held[name], dates) for name in ASSEMBLED_TABLES}
    units = plan_units(lake, landing["spans_landing"], assembled["spans"], unit_rows)
    return AssemblyPlan(number, now_unix_nano, tuple(dates), landing, assembled, units)


def _of_dates(files: list[TraceFile], dates: Collection[str]) -> tuple[TraceFile, ...]:
    return tuple(f for f in files if f.event_date in dates)


def _touched_dates(lake: Path, landing: tuple[TraceFile, ...], traces: list[TraceFile]) -> set[str]:
    """All dates of the known traces that got new spans."""
    if not traces:
        return set()
    with connect() as con:
        touched = con.execute(
            f"""
            select distinct unnest(string_split(span_dates, ','))
            from {relation(lake, "traces", traces)}
            where trace_id in (select trace_id from {relation(lake, "spans_landing", landing)})"""
        ).fetchall()
    return {day for (day,) in touched}
