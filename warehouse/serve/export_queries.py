"""Which rows an export reads, in which order: by resource, scope and stream, children beside their parents.

Every query takes parameters by number: an event date, or the first and the end position of a run of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

_IN_RUN = "position >= $1 and position < $2"
ROWS_IN_RUN = f"select * exclude (position) from ordered_rows where {_IN_RUN} order by position"


@dataclass(frozen=True, slots=True)
class Child:
    """Rows below the ordered rows: `parents` gives positions by the columns `on` that a child shares."""

    name: str
    parents: str
    children: str
    on: str
    order: str

    def ordered_rows(self) -> str:
        """Takes the event date."""
        return f"""
            create or replace temp table ordered_{self.name} as
            select parents.position, children.*
            from ({self.children}) as children inner join ({self.parents}) as parents using ({self.on})"""

    def rows_in_run(self) -> str:
        """Takes the run; `parent_row` counts from its first row."""
        return f"""
            select * exclude (position), position - $1 as parent_row
            from ordered_{self.name} where {_IN_RUN} order by position, {self.order}"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of records: what the encoder calls it, its lake table, and where it goes."""

    name: str
    signal: str
    table: str
    counted_as: str
    rows: str
    order: str
    children: tuple[Child, ...] = ()

    def dates(self) -> str:
        """Takes the first and the last event date; gives dates with their number of rows."""
        return f"""
            select event_date, count(*) from ({self.rows})
            where event_date between $1 and $2 group by event_date order by event_date"""

    def ordered_rows(self) -> str:
        """Takes the event date."""
        return f"""
            create or replace temp table ordered_rows as
            select row_number() over (order by {self.order}) - 1 as position, *
            from ({self.rows}) where event_date = $1"""


def entities_in_run(table: str) -> str:
    """Resources or scopes that a run of rows names."""
    key = table.removesuffix("s") + "_key"
    return f"select * from lake.{table} where {key} in (select {key} from ordered_rows where {_IN_RUN})"


# What a span and its children share: the content key of what landed, the ids of what is assembled.
_LANDED, _ASSEMBLED = "content_key::varchar", "trace_id || ':' || span_id"
# Copies that assembly folded into one span go out as they came in.
_SPANS = f"""
    select * exclude (content_key), {_LANDED} as place from lake.spans_landing
    union all by name
    select spans.*, {_ASSEMBLED} as place
    from lake.spans, lateral (select unnest(range(duplicate_count + 1)) as copy)"""


def _span_child(name: str) -> Child:
    # Equal spans have equal content keys and children: each gets one copy of every child.
    return Child(
        name,
        parents="select position, place from ordered_rows",
        children=f"""
            select distinct on (content_key, ordinal) * exclude (content_key), {_LANDED} as place
            from lake.{name}_landing where event_date = $1
            union all by name
            select *, {_ASSEMBLED} as place from lake.{name} where event_date = $1""",
        on="place",
        order="ordinal",
    )


_EXEMPLARS = Child(
    "exemplars",
    # Of points that are equal in stream and time the first takes the exemplars of all.
    parents="""
        select min(position) as position, stream_key, time_unix_nano as point_time_unix_nano
        from ordered_rows group by stream_key, time_unix_nano""",
    children="select * from lake.exemplars where event_date = $1",
    on="stream_key, point_time_unix_nano",
    order="time_unix_nano, trace_id, span_id, value_double, value_int",
)


def _points(metric_type: str, table: str) -> Kind:
    return Kind(
        metric_type,
        "metrics",
        "points",
        "metric_points",
        rows=f"""
            select
                points.*, streams.resource_key, streams.scope_key, streams.metric_name, streams.description,
                streams.unit, streams.temporality, streams.is_monotonic, streams.attributes,
                streams.attribute_types, streams.metadata, streams.metadata_types
            from lake.{table} as points inner join lake.metric_streams as streams using (stream_key)
            where streams.metric_type = '{metric_type}'""",
        order="resource_key, scope_key, stream_key, time_unix_nano, start_time_unix_nano",
        children=(_EXEMPLARS,),
    )


KINDS = (
    Kind(
        "spans",
        "traces",
        "spans",
        "spans",
        rows=_SPANS,
        order="resource_key, scope_key, trace_id, start_time_unix_nano, span_id, file_key, byte_offset",
        children=(_span_child("span_events"), _span_child("span_links")),
    ),
    Kind(
        "log_records",
        "logs",
        "log_records",
        "log_records",
        rows="select * from lake.log_records",
        order="resource_key, scope_key, time_unix_nano, observed_time_unix_nano",
    ),
    _points("gauge", "number_points"),
    _points("sum", "number_points"),
    _points("histogram", "histogram_points"),
    _points("exponential_histogram", "exponential_histogram_points"),
    _points("summary", "summary_points"),
)
"""Every record of the lake lies in exactly one of them."""
