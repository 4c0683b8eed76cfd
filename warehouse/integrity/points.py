"""IC4: points of a metric stream follow one another without overlap, and counters fall only at a reset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import pyarrow as pa

from warehouse.integrity.rendering import SCHEMA, in_order, render_violations

_COLUMNS = {
    "number_points": "value_int as number, value_double as fraction",
    "histogram_points": '"count" as number, cast(null as double) as fraction',
    "exponential_histogram_points": '"count" as number, cast(null as double) as fraction',
    "summary_points": "cast(null as bigint) as number, cast(null as double) as fraction",
}
POINT_TABLES = tuple(_COLUMNS)

# Points in the order of their stream; those of the day before are reduced to the last one of each stream.
# Left out: points without a start, and those that record no value (flag 1).
_FOUND = """
with
streams as (
    select
        stream_key,
        resource_key,
        service_name as service,
        metric_name as metric,
        metric_type <> 'gauge' as is_interval,
        coalesce(temporality = 'delta', false) as is_delta,
        coalesce(temporality = 'cumulative', false) and {is_counter} as is_counter
    from read_parquet($streams, union_by_name = true)
),
points as (
    select
        stream_key, time_unix_nano as "time", start_time_unix_nano as "start", {columns}, true as is_of_date
    from read_parquet($files, hive_partitioning = false)
    where start_time_unix_nano <> 0 and flags & 1 = 0
    {before}
),
neighbours as (
    select
        *,
        lag(time) over stream as previous_time,
        lag(start) over stream as previous_start,
        lag(number) over stream as previous_number,
        lag(fraction) over stream as previous_fraction
    from points
    window stream as (partition by stream_key order by time, start, number, fraction)
),
judged as (
    select
        *,
        case
            when time = previous_time then 'equal_point_time'
            when is_interval and start < previous_time and (is_delta or start <> previous_start)
                then 'overlapping_points'
            when is_counter and start = previous_start and not coalesce(isnan(previous_fraction), false)
                and case
                    when fraction is null and previous_fraction is null then number < previous_number
                    else coalesce(fraction, number) < coalesce(previous_fraction, previous_number)
                end
                then 'falling_counter'
        end as finding
    from neighbours
    inner join streams using (stream_key)
    where is_of_date and previous_time is not null
)
select
    $event_date as event_date,
    finding,
    stream_key,
    resource_key,
    service,
    metric,
    cast(make_timestamp_ns("time") as varchar) as moment,
    cast(make_timestamp_ns(start) as varchar) as beginning,
    cast(make_timestamp_ns(previous_time) as varchar) as previous_moment,
    coalesce(cast(fraction as varchar), cast(number as varchar)) as found,
    coalesce(cast(previous_fraction as varchar), cast(previous_number as varchar)) as expected
from judged
where finding is not null
"""
_BEFORE = """
    union all by name
    select
        stream_key,
        newest['time'] as "time",
        newest['start'] as "start",
        newest['number'] as number,
        newest['fraction'] as fraction,
        false as is_of_date
    from (
        select
            stream_key,
            max({{
                'time': time_unix_nano, 'start': start_time_unix_nano, 'number': number, 'fraction': fraction
            }}) as newest
        from (
            select stream_key, time_unix_nano, start_time_unix_nano, {columns}
            from read_parquet($before, hive_partitioning = false)
            where start_time_unix_nano <> 0 and flags & 1 = 0
        )
        group by stream_key
    )
"""


def point_violations(
    con: duckdb.DuckDBPyConnection,
    event_date: date,
    files: Mapping[str, Sequence[str]],
    before: Mapping[str, Sequence[str]],
    streams: Sequence[str],
) -> pa.Table:
    """Rows of `integrity_violations` for the metric points of one date, a row per point that violates IC4.

    `files` lists the date's Parquet files of each point table and `before` those of the day before: a point
    is set against the one before it in its stream, of the same day or that one. `streams` lists the files of
    `metric_streams`. What `con` may use of memory bounds the work; it sorts on disk beyond that. A pair of
    points is one violation: equal times before overlap before a fall. Overlap of gauges is not judged, and
    cumulative points and summaries overlap only when their start changed.
    """
    parts = [SCHEMA.empty_table()]
    for table in POINT_TABLES:
        if files.get(table) and streams:
            found = _found(con, event_date, table, files[table], before.get(table, ()), streams)
            parts.append(render_violations(found))
    return in_order(pa.concat_tables(parts))


def _found(
    con: duckdb.DuckDBPyConnection,
    event_date: date,
    table: str,
    files: Sequence[str],
    before: Sequence[str],
    streams: Sequence[str],
) -> pa.Table:
    is_counter = {"number_points": "coalesce(is_monotonic, false)", "summary_points": "false"}
    columns = _COLUMNS[table]
    query = _FOUND.format(
        columns=columns,
        is_counter=is_counter.get(table, "true"),
        before=_BEFORE.format(columns=columns) if before else "",
    )
    values = {"event_date": event_date, "files": list(files), "streams": list(streams)}
    if before:
        values["before"] = list(before)
    return con.execute(query, values).to_arrow_table()
