{{ config(materialized='by_date') }}
{%- set cell = ['service_name', 'operation_key', 'kind', 'status_code', 'http_status_class'] -%}
with hours as (
    select
        event_date,
        hour_at as period_start_at,
        {{ cell | join(', ') }},
        bucket_index,
        count(*) as span_count
    from {{ ref('int_spans_bucketed') }}
    where {{ is_due('event_date') }}
    group by all
),

days as (
    {{ merged_buckets('hours', ['event_date'] + cell) }}
),

grains as (
    select
        'hour' as grain,
        event_date,
        period_start_at,
        {{ cell | join(', ') }},
        bucket_index,
        span_count
    from hours

    union all

    select
        'day' as grain,
        event_date,
        cast(event_date as timestamp) as period_start_at,
        {{ cell | join(', ') }},
        bucket_index,
        span_count
    from days
)

select
    grain,
    event_date,
    period_start_at,
    {{ cell | join(', ') }},
    bucket_index,
    span_count
from grains
order by grain, period_start_at, {{ cell | join(', ') }}, bucket_index
