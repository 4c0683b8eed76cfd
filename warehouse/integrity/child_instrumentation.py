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

CHILDREN = {"span_events": "event", "span_links": "link"}
"""What the rows of child tables are called in findings."""
_KEYS = "attributes.key_value.key"
_HABITS = """
with entries as (
    select trace_id, span_id, unnest(map_entries(attributes)) as entry from read_parquet($children)
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
        {
            'trace_start': coalesce(trace_start_unix_nano, -1),
            'trace_id': trace_id,
            'start': start_time_unix_nano,
            'span_id': span_id,
            'resource_key': resource_key,
            'value': value
        },
        (coalesce(trace_start_unix_nano, -1), trace_id, start_time_unix_nano, span_id)
    ) as example
from shown inner join read_parquet($spans) using (trace_id, span_id)
group by all
order by all
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
    whole tables. *Not handled*: attributes that are promoted to columns.
    """
    told: list[Told] = []
    for table, what in CHILDREN.items():
        shown = [file for file in files.get(table, ()) if _may_show(file)]
        if shown:
            con.register("asked", _asked(what))
            rows = con.execute(_HABITS, {"children": shown, "spans": list(files["spans"])}).fetchall()
            told += [(Habit(*habit), count, Example(**example)) for *habit, count, example in rows]
    return violations_of_habits(event_date, told, scopes, resources)


def _may_show(file: str) -> bool:
    """Whether a key that is asked for occurs: files of most instrumentations need no more than their keys."""
    asked = text_array(_members())
    with open_parquet(file, read_dictionary=[_KEYS]) as reader:
        for number in range(reader.num_row_groups):
            rows = reader.read_row_group(number, columns=[_KEYS], use_threads=False)
            for held in rows.column("attributes").chunks:
                keys = held.flatten().field("key")
                distinct = keys.dictionary if pa.types.is_dictionary(keys.type) else pc.unique(keys)
                if pc.any(pc.is_in(distinct, asked)).as_py():
                    return True
    return False


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
