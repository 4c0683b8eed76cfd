{{ config(materialized='by_date', tags='duckdb') }}
{%- set cell = ['service_name', 'operation_key', 'kind', 'status_code', 'http_status_class'] -%}
{%- set quantiles = {'p50_nano': '0.5', 'p90_nano': '0.9', 'p95_nano': '0.95', 'p99_nano': '0.99'} -%}
with spans as (
    select
        *,
        date_trunc('hour', five_minutes_at) as hour_at
    from {{ ref('int_spans_bucketed') }}
    where {{ is_due('event_date') }}
),

-- Quantiles of few values are cheaper from the values than from counts of buckets, and one scan serves all grains.
grains as (
    select
        case
            when grouping(five_minutes_at) = 0 then '5min'
            when grouping(hour_at) = 0 then 'hour'
            else 'day'
        end as grain,
        event_date,
        coalesce(five_minutes_at, hour_at, cast(event_date as timestamp)) as period_start_at,
        {{ cell | join(', ') }},
        count(*) as span_count,
        count(*) filter (where bucket_index = {{ zero_bucket() }}) as zero_count,
        sum(adjusted_count) as adjusted_count,
        sum(duration_nano) as duration_nano_sum,
        min(duration_nano) as duration_nano_min,
        max(duration_nano) as duration_nano_max,
        quantile_disc(bucket_index, [{{ quantiles.values() | join(', ') }}]) filter (
            where bucket_index <> {{ zero_bucket() }}
        ) as bucket_quantiles
    from spans
    group by
        grouping sets (
            (event_date, five_minutes_at, {{ cell | join(', ') }}),
            (event_date, hour_at, {{ cell | join(', ') }}),
            (event_date, {{ cell | join(', ') }})
        )
)

select
    grain,
    event_date,
    period_start_at,
    {{ cell | join(', ') }},
    span_count,
    zero_count,
    cast(adjusted_count as decimal(38, 6)) as adjusted_count,
    cast(duration_nano_sum as decimal(38, 0)) as duration_nano_sum,
    duration_nano_min,
    duration_nano_max,
    {%- for column in quantiles %}
    {{ bucket_estimate('bucket_quantiles[' ~ loop.index ~ ']') }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from grains
order by grain, {{ cell | join(', ') }}, period_start_at
