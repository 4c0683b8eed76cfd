"""TYPE, severity info, on events and links: deprecated keys, and values that their enumeration does not have.

As on spans they are told once per date, service, scope and key, of the spans that events and links hang on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.conventions import attributes
from warehouse.integrity.habits import Example, Habit, Told
from warehouse.integrity.instrumentation import closed, violations_of_habits
from warehouse.schemas.arrow import text_array
from warehouse.schemas.parquet import open_parquet
from warehouse.schemas.promoted import promoted_in

CHILDREN = {"span_events": "event", "span_links": "link"}
"""What the rows of child tables are called in findings."""
_KEYS = "attributes.key_value.key"
_HABITS = """
with entries as (
    select trace_id, span_id, unnest(map_entries(attributes)) as entry
    from read_parquet($children, union_by_name = true)
    {promoted}
),

shown as (
    select entries.trace_id, entries.span_id, asked.finding, asked.position, min(entry.value) as value
    from entries inner join asked on entries.entry.key = asked.key
    where not list_contains(asked.members, entries.entry.value)
    group by all
)

select
    finding,
    service_name,
    scope_key,
    position,
    count(*) as spans,
    arg_min(
        {{
            'trace_start': coalesce(trace_start_unix_nano, -1),
            'trace_id': trace_id,
            'start': start_time_unix_nano,
            'span_id': span_id,
            'resource_key': resource_key,
            'value': value
        }},
        (coalesce(trace_start_unix_nano, -1), trace_id, start_time_unix_nano, span_id)
    ) as example
from shown inner join read_parquet($spans) using (trace_id, span_id)
group by all
order by all
"""
_PROMOTED = """
    union all
    select trace_id, span_id, {{'key': '{key}', 'value': cast({column} as varchar)}}
    from read_parquet($children, union_by_name = true)
    where {column} is not null
"""


def child_convention_violations(
    con: duckdb.DuckDBPyConnection,
    event_date: date,
    files: Mapping[str, Sequence[str]],
    scopes: Sequence[str],
    resources: Sequence[str],
) -> pa.Table:
    """Rows of `integrity_violations` for what events and links of one date write out of date.

    `files` lists the date's files of spans, span_events and span_links, `scopes` and `resources` those of the
    whole tables.
    """
    told: list[Told] = []
    for table, what in CHILDREN.items():
        shown = {file: _shown(file, table) for file in files.get(table, ())}
        children = [file for file, (in_maps, columns) in shown.items() if in_maps or columns]
        if children:
            con.register("asked", _asked(what))
            columns = sorted(set().union(*(columns for _, columns in shown.values())))
            query = _HABITS.format(promoted="".join(map(_promoted, columns)))
            rows = con.execute(query, {"children": children, "spans": list(files["spans"])}).fetchall()
            told += [(Habit(*habit), count, Example(**example)) for *habit, count, example in rows]
    return violations_of_habits(event_date, told, scopes, resources)


def _promoted(shown: tuple[str, str]) -> str:
    key, column = shown
    return _PROMOTED.format(key=key, column=column)


def _shown(file: str, table: str) -> tuple[bool, set[tuple[str, str]]]:
    """Whether a key that is asked for occurs in maps, and such keys and their columns that hold values.

    Files of most instrumentations need no more than their keys.
    """
    asked = text_array(_members())
    columns = {p.column.name: p.key for p in promoted_in(table) if p.key in _members()}
    in_maps, found = False, set()
    with open_parquet(file, read_dictionary=[_KEYS]) as reader:
        for number in range(reader.num_row_groups):
            rows = reader.read_row_group(number, columns=[_KEYS, *columns], use_threads=False)
            for held in rows.column("attributes").chunks:
                keys = held.flatten().field("key")
                distinct = keys.dictionary if pa.types.is_dictionary(keys.type) else pc.unique(keys)
                in_maps = in_maps or pc.any(pc.is_in(distinct, asked)).as_py()
            # A file that is older than the attribute's declaration has no such column.
            for name in columns.keys() & set(rows.column_names):
                if rows.column(name).null_count < rows.num_rows:
                    found.add((columns[name], name))
    return bool(in_maps), found


def _members() -> dict[str, tuple[str, ...]]:
    """Keys that are asked for, with the values that they may have: none of those that are deprecated."""
    return {
        a.key: () if a.is_deprecated else a.members
        for a in attributes()
        if a.is_deprecated or a.key in closed()
    }


def _asked(what: str) -> pa.Table:
    members = _members()
    place = {a.key: at for at, a in enumerate(attributes())}
    findings = {True: f"unknown_{what}_enum_member", False: f"deprecated_{what}_attribute"}
    return pa.table(
        {
            "key": text_array(members),
            "finding": text_array(findings[bool(found)] for found in members.values()),
            "position": pa.array([place[key] for key in members], pa.int64()),
            "members": pa.array([list(found) for found in members.values()], pa.list_(pa.string())),
        }
    )
