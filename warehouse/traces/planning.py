"""Deciding what an assembly does: the landing files it takes, what it rewrites of which dates, its units."""

from __future__ import annotations

from collections.abc import Collection

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from warehouse.lake.assembly_commit import ASSEMBLED_TABLES, LANDING_TABLES, assembly_folder
from warehouse.schemas.arrow import int64_array, text_array
from warehouse.stores.duckdb_access import connect
from warehouse.stores.places import Place
from warehouse.traces.arrivals import dates_to_take
from warehouse.traces.context import relation
from warehouse.traces.crossing import save_context
from warehouse.traces.entities import Entities
from warehouse.traces.files import TraceFile, trace_files
from warehouse.traces.judgments import is_judgment
from warehouse.traces.oversized import TRACE_LIMIT, find_oversized
from warehouse.traces.plan import AssemblyPlan
from warehouse.traces.ranges import date_groups, plan_units
from warehouse.traces.redone import RangePlace, Redone

MOST_CONTEXT = 5
"""Units that together have as many spans as traces that cross from one unit's dates to another's may have;
when there are more, units are ranges of trace ids over all dates."""


def plan_assembly(
    lake: Place,
    tables: dict[str, DeltaTable],
    number: int,
    now_unix_nano: int,
    *,
    settle: bool,
    unit_rows: int,
    trace_limit: int = TRACE_LIMIT,
) -> AssemblyPlan | None:
    """The plan for what lies in landing now, None when nothing is due. `tables` is a snapshot of the lake.

    Also writes the context of its units: see `warehouse.traces.crossing`.
    """
    held = {
        name: [f for f in trace_files(lake / name, tables[name]) if not is_judgment(f)]
        for name in (*LANDING_TABLES, *ASSEMBLED_TABLES)
    }
    taken = dates_to_take(held["spans_landing"], held["spans"], now_unix_nano, settle=settle)
    landing = {name: _of_dates(held[name], taken) for name in LANDING_TABLES}
    if not landing["spans_landing"]:
        return None
    redone = _redone(lake, landing["spans_landing"], taken, held, trace_limit)
    assembled = {name: _of_dates(held[name], redone.dates) for name in ASSEMBLED_TABLES}
    spans = {"spans_landing": landing["spans_landing"], "spans": assembled["spans"]}
    oversized = {}
    if sum(f.rows for files in spans.values() for f in files) > trace_limit:
        with connect(lake) as con:
            sources = [relation(lake, name, files) for name, files in spans.items() if files]
            oversized = find_oversized(con, sources, trace_limit)
    groups = date_groups([f for files in spans.values() for f in files], unit_rows)
    folder, entities = assembly_folder(lake, number), Entities(lake, tables)
    known = held | landing
    if oversized or not save_context(lake, folder, groups, known, entities, MOST_CONTEXT * unit_rows):
        groups = (tuple(redone.dates),)
        save_context(lake, folder, groups, known, entities)
    units = plan_units(lake, groups, landing["spans_landing"], assembled["spans"], oversized, unit_rows)
    return AssemblyPlan(number, now_unix_nano, redone, landing, assembled, units, trace_limit)


def _of_dates(files: list[TraceFile], dates: Collection[str]) -> tuple[TraceFile, ...]:
    return tuple(f for f in files if f.event_date in dates)


def _redone(
    lake: Place,
    landing: tuple[TraceFile, ...],
    taken: set[str],
    held: dict[str, list[TraceFile]],
    trace_limit: int,
) -> Redone:
    """The dates that changed traces touch, and of those the ranges that hold one.

    Traces too large to compute are redone, on all their dates, as soon as one of these is touched: nothing of
    them is ever context of others.
    """
    assembled = [f for name in ASSEMBLED_TABLES for f in held[name]]
    if not held["traces"]:
        return Redone.of_files(assembled, taken)
    with connect(lake) as con:
        con.execute(
            f"""
            create temp table touched as
            select distinct trace_id, event_date::varchar as event_date
            from {relation(lake, "spans_landing", landing)}
            union
            select trace_id, unnest(string_split(span_dates, ','))
            from {relation(lake, "traces", held["traces"])}
            where trace_id in (select trace_id from {relation(lake, "spans_landing", landing)})"""
        )
        _touch_large_traces(con, relation(lake, "traces", held["traces"]), trace_limit)
        dates = {day for (day,) in con.execute("select distinct event_date from touched").fetchall()}
        redone = Redone.of_files(assembled, dates)
        return redone.with_places(_places(con, redone))


def _touch_large_traces(con: duckdb.DuckDBPyConnection, traces: str, trace_limit: int) -> None:
    con.execute(
        f"""
        create temp table large as
        select trace_id, unnest(string_split(span_dates, ',')) as event_date
        from {traces} where span_count > {trace_limit}"""
    )
    before = -1
    while before != (before := _count(con, "touched")):
        con.execute(
            """
            insert into touched
            select * from large
            where trace_id in (select trace_id from large semi join touched using (event_date))
            except select * from touched"""
        )


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    counted = con.execute(f"select count(*) from {table}").fetchone()
    assert counted is not None
    return int(counted[0])


def _places(con: duckdb.DuckDBPyConnection, redone: Redone) -> list[RangePlace]:
    """The ranges that hold one of the table `touched`."""
    rows = [(day, n, low) for day, r in redone.dates.items() for n, low in enumerate(r.lows)]
    days, numbers, lows = zip(*rows, strict=True)
    ranges = pa.table([text_array(days), int64_array(numbers), text_array(lows)], ["day", "number", "low"])
    con.register("ranges", ranges)
    found = con.execute(
        """
        select distinct day, number
        from touched asof join ranges on touched.event_date = ranges.day and touched.trace_id >= ranges.low"""
    )
    return [(day, number) for day, number in found.fetchall()]
