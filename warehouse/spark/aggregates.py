"""Hour and day cubes of latency and of calls between services by Spark SQL, equal to those of dbt."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.lake.snapshot import pinned_versions
from warehouse.spark.buckets import exponential_bucket
from warehouse.spark.call_sql import ANSWERED, CALLS, attribute, named
from warehouse.spark.places import shared_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

CELL = ("service_name", "operation_key", "kind", "status_code", "http_status_class")
EDGE = ("caller_service_name", "callee_name", "callee_type", "connection_kind", "is_inferred")
_EPOCH = "timestamp_ntz'1970-01-01 00:00:00'"
_HOUR_NANO = 3_600_000_000_000
# The lower half of the hash, least significant byte first, without its last bit.
_OTHER = f"""cast(cast(conv({"||".join(f"substr(hash, {at}, 2)" for at in range(31, 16, -2))}, 16, 10)
    as decimal(20, 0)) div 2 as bigint)"""

# Names that hold ids make a cell of every span: beyond the 10,000 most frequent of a date they share one.
OTHERS = f"""
with operations as (
    select
        event_date, operation_key, min({named("service_name")}) as service_name, min(name) as span_name,
        min(kind) as kind, count(*) as span_count
    from {{spans}}
    group by event_date, operation_key
),

ranked as (
    select
        event_date,
        operation_key,
        md5(concat_ws(chr(31), service_name, '__other__', cast(kind as string))) as hash,
        row_number() over (
            partition by event_date, service_name order by span_count desc, span_name, kind, operation_key
        ) as frequency_rank
    from operations
)

select event_date, operation_key, {_OTHER} as other_operation_key from ranked where frequency_rank > 10000
"""


@dataclass(slots=True)
class AggregateResult:
    """Rows by cube, and the versions of the lake's tables that they were made from."""

    rows: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def aggregate(
    spark: SparkSession, lake: str | Path, out: str | Path, *, since: date | None = None
) -> AggregateResult:
    """Write `cube_span_latency` and `cube_service_calls`, grains hour and day, as Delta tables into `out`.

    `since` replaces the rows of event dates from then on and leaves the others. The session's time zone must
    be UTC. Raises WarehouseError when there is no lake, or one in an object store.
    """
    started, lake, out = time.monotonic(), shared_folder(lake), shared_folder(out)
    versions = pinned_versions(lake)
    done = AggregateResult(versions={name: versions[name] for name in ("spans", "span_links")})
    spans, links = (_table(spark, lake, name, version) for name, version in done.versions.items())
    for name, cube in (
        ("cube_span_latency", span_latency(spark, spans)),
        ("cube_service_calls", service_calls(spark, spans, links)),
    ):
        # Calls may lie across midnight from their answer, so all dates are read and some written.
        rows = cube.where(cube.event_date >= since) if since else cube
        writer = rows.write.format("delta").mode("overwrite").partitionBy("event_date")
        if since:
            writer = writer.option("replaceWhere", f"event_date >= '{since}'")
        else:
            writer = writer.option("overwriteSchema", "true")
        writer.option("userMetadata", json.dumps(done.versions)).save(str(out / name))
        done.rows[name] = spark.read.format("delta").load(str(out / name)).count()
    done.seconds = time.monotonic() - started
    return done


def _table(spark: SparkSession, lake: Path, name: str, version: int) -> DataFrame:
    return spark.read.format("delta").option("versionAsOf", version).load(str(lake / name))


def span_latency(spark: SparkSession, spans: DataFrame) -> DataFrame:
    """The cube of span durations from rows of the lake table `spans`. Grain: period, CELL and bucket."""
    code = attribute("http.response.status_code")
    bucketed = spark.sql(
        f"""
        with coded as (select *, {code} as code, greatest(duration_nano, 0L) as duration from {{spans}})

        select
            coded.event_date,
            start_time_unix_nano,
            {named("service_name")} as service_name,
            coalesce(others.other_operation_key, coded.operation_key) as operation_key,
            kind,
            status_code,
            case
                when code is null then 'none'
                when code between 100 and 599 then concat(code div 100, 'xx')
                else 'invalid'
            end as http_status_class,
            {exponential_bucket("duration")} as bucket_index,
            adjusted_count
        from coded
        left join {{others}} as others
            on coded.event_date = others.event_date and coded.operation_key = others.operation_key""",
        spans=spans,
        others=spark.sql(OTHERS, spans=spans),
    )
    sums = {"span_count": "count(*)", "adjusted_count": "sum(cast(adjusted_count as decimal(28, 6)))"}
    return _hours_and_days(spark, bucketed, (*CELL, "bucket_index"), sums)


def service_calls(spark: SparkSession, spans: DataFrame, links: DataFrame) -> DataFrame:
    """The dependency graph from rows of `spans` and `span_links`. Grain: period, EDGE and bucket."""
    calls = spark.sql(CALLS, spans=spans, answered=spark.sql(ANSWERED, spans=spans, links=links))
    bucketed = spark.sql(
        f"select *, {exponential_bucket('duration_nano')} as bucket_index from {{calls}}", calls=calls
    )
    sums = {
        "call_count": "count(*)",
        "adjusted_call_count": "sum(cast(adjusted_count as decimal(28, 6)))",
        "error_count": "count_if(is_error)",
    }
    return _hours_and_days(spark, bucketed, (*EDGE, "bucket_index"), sums)


def _hours_and_days(
    spark: SparkSession, rows: DataFrame, keys: tuple[str, ...], sums: dict[str, str]
) -> DataFrame:
    """Rows summed up by hour and, from these, by day. Times out of range are one period of 1970-01-01."""
    columns, added = ", ".join(keys), ", ".join(f"{sql} as {name}" for name, sql in sums.items())
    hours = spark.sql(
        f"""
        select
            event_date,
            case
                when event_date = date'1970-01-01' then {_EPOCH}
                else cast(
                    timestamp_micros(start_time_unix_nano div {_HOUR_NANO} * {_HOUR_NANO // 1000})
                    as timestamp_ntz)
            end as period_start_at,
            {columns}, {added}
        from {{rows}}
        group by 1, 2, {columns}""",
        rows=rows,
    )
    types = {name: "decimal(38, 6)" if name.startswith("adjusted") else "bigint" for name in sums}
    cast = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in types.items())
    summed = ", ".join(f"sum({name}) as {name}" for name in sums)
    return spark.sql(
        f"""
        with days as (
            select event_date, cast(event_date as timestamp_ntz) as period_start_at, {columns}, {summed}
            from {{hours}}
            group by event_date, {columns}
        ),

        grains as (
            select 'hour' as grain, * from {{hours}}
            union all
            select 'day' as grain, * from days
        )

        select grain, event_date, period_start_at, {columns}, {cast} from grains""",
        hours=hours,
    )
