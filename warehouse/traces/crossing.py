"""Traces whose spans lie on dates of several units, or on dates that an assembly leaves as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schemas.parquet import open_parquet, write_rows
from warehouse.schemas.registry import TABLES
from warehouse.stores.duckdb_access import connect
from warehouse.stores.places import Place
from warehouse.traces.conflicts import CONFLICTS
from warehouse.traces.context import CONTEXT_SCHEMAS, context_file, relation
from warehouse.traces.entities import Entities
from warehouse.traces.files import TraceFile
from warehouse.traces.identity import span_identity
from warehouse.traces.ranges import Dates
from warehouse.traces.rows import in_registry_types, of_partition

Files = Mapping[str, Sequence[TraceFile]]
"""Files by lake table."""
_OUTSIDE = -1
"""The group of dates that no unit holds."""


def save_context(
    lake: Place,
    folder: Place,
    groups: Sequence[Dates],
    held: Files,
    entities: Entities,
    most_spans: int | None = None,
) -> bool:
    """Write into the folder, for every group of dates, what its traces hold on all other dates.

    `held` are the landing files to take and all assembled files. False, and nothing is written, when these
    are more than `most_spans` spans.
    """
    if len(groups) < 2 and not held["traces"]:
        return True
    with connect(lake) as con:
        days = _find(con, lake, groups, held)
        if not _count(con, "crossing"):
            return True
        near: Files = {name: [f for f in files if f.event_date in days] for name, files in held.items()}
        sources = {name: _sources(lake, name, near) for name in CONTEXT_SCHEMAS}
        tables = [name for name, found in sources.items() if found]
        for name in tables:
            _collect(con, name, sources[name], most_spans)
            if most_spans is not None and _count(con, name) > most_spans:
                return False
        _fill_content_keys(con, lake, near, entities, tables)
        folder.mkdir(parents=True, exist_ok=True)
        for part, dates in enumerate(groups):
            for name in tables:
                rows = con.sql(
                    f"""
                    select * exclude (part) from {name}
                    where part != {part} and trace_id in (select trace_id from spans where part = {part})
                    order by trace_id, span_id, event_date"""
                ).to_arrow_table()
                if rows.num_rows:
                    write_rows(rows, context_file(folder, dates, name))
    return True


def _find(con: duckdb.DuckDBPyConnection, lake: Place, groups: Sequence[Dates], held: Files) -> set[str]:
    """Make `crossing`, traces with spans in several groups, and `part_of`, the group of each date.

    Returns all dates on which such traces have spans, and those of the groups.
    """
    given = {day: part for part, dates in enumerate(groups) for day in dates}
    # Values, for a registered table would import pandas.
    listed = ", ".join(f"('{day}', {part})" for day, part in given.items())
    con.execute(
        f"""
        create temp table part_of as
        select day::date as event_date, day, part from (values {listed}) as given (day, part)"""
    )
    placed = ["select '' as trace_id, '' as day where false"]
    if len(groups) > 1:
        landed = relation(lake, "spans_landing", held["spans_landing"])
        placed.append(f"select trace_id, event_date::varchar from {landed}")
    exploded = f"""
        select trace_id, unnest(string_split(span_dates, ',')) as day
        from {relation(lake, "traces", held["traces"])}"""
    if held["traces"]:
        alone = "or event_date in (select event_date from part_of)" if len(groups) > 1 else ""
        placed.append(f"{exploded} where contains(span_dates, ',') {alone}")
    con.execute(
        f"""
        create temp table crossing as
        select trace_id from ({" union all ".join(placed)}) left join part_of using (day)
        where ltrim(trace_id, '0') != ''
        group by trace_id having min(coalesce(part, {_OUTSIDE})) != max(coalesce(part, {_OUTSIDE}))"""
    )
    known = set(given)
    if held["traces"]:
        query = f"select distinct day from ({exploded}) where trace_id in (from crossing)"
        known |= {day for (day,) in con.execute(query).fetchall()}
    return known


def _sources(lake: Place, name: str, near: Files) -> list[str]:
    """Queries for the rows of a context table, of all traces."""
    columns = CONTEXT_SCHEMAS[name].names
    landing, found = f"{name}_landing", []
    if near.get(landing):
        found.append(_select(columns, _OF_LANDED, relation(lake, landing, near[landing])))
    if near[name]:
        where = f" where finding in {CONFLICTS}" if name == "integrity_violations" else ""
        found.append(_select(columns, _OF_ASSEMBLED, relation(lake, name, near[name])) + where)
    return found


_OF_LANDED = {"duplicate_count": "0", "issues": "0", "is_assembled": "false"}
_OF_ASSEMBLED = {"content_key": "null::bigint", "is_assembled": "true"}


def _select(columns: Sequence[str], told: Mapping[str, str], source: str) -> str:
    return f"select {', '.join(f'{told.get(c, c)} as {c}' for c in columns)} from {source}"


def _collect(con: duckdb.DuckDBPyConnection, name: str, sources: Sequence[str], most: int | None) -> None:
    """Make a table of the context's name: rows of crossing traces with their group; `most` + 1 at most."""
    limit = "" if most is None else f"limit {most + 1}"
    con.execute(
        f"""
        create temp table {name} as
        select found.*, coalesce(part, {_OUTSIDE}) as part
        from ({" union all ".join(sources)}) as found left join part_of using (event_date)
        where trace_id in (from crossing) {limit}"""
    )


def _fill_content_keys(
    con: duckdb.DuckDBPyConnection, lake: Place, near: Files, entities: Entities, tables: Sequence[str]
) -> None:
    """Give assembled spans, and their links, that meet a landed copy the key of their content."""
    con.execute(
        """
        create temp table meeting as
        select trace_id, span_id from spans where ltrim(span_id, '0') != ''
        group by all having bool_or(is_assembled) and not bool_and(is_assembled)"""
    )
    if not _count(con, "meeting"):
        return
    meeting = con.sql("select trace_id || ':' || span_id as id from meeting").to_arrow_table()["id"]
    names = ("spans", "span_events", "span_links")
    whole = {name: _of_spans(lake, name, near[name], meeting.combine_chunks()) for name in names}
    ids = whole["spans"].select(["trace_id", "span_id"])
    con.register("keys", ids.append_column("content_key", entities.content_keys(*whole.values())))
    for name in {"spans", "span_links"}.intersection(tables):
        con.execute(
            f"""
            update {name} set content_key = keys.content_key from keys
            where
                {name}.content_key is null
                and {name}.trace_id = keys.trace_id
                and {name}.span_id = keys.span_id"""
        )


def _of_spans(lake: Place, name: str, files: Sequence[TraceFile], ids: pa.Array) -> pa.Table:
    """All columns of the rows of a table that are about the spans of these identities."""
    table = TABLES[name]
    columns = [c.name for c in table.file_columns]
    found = [in_registry_types(None, table, [*columns, "event_date"])]
    for file in files:
        reader = open_parquet(lake / name / file.path)
        for group in range(reader.num_row_groups):
            mine = pc.is_in(span_identity(reader.read_row_group(group, ["trace_id", "span_id"])), ids)
            if pc.any(mine).as_py():
                rows = reader.read_row_group(group).filter(mine)
                found.append(of_partition(rows, table, file.event_date, columns))
    return pa.concat_tables(found)


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    counted = con.execute(f"select count(*) from {table}").fetchone()
    assert counted is not None
    return int(counted[0])
