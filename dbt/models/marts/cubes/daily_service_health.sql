{{ config(materialized='by_date') }}
{%- set worst_p99_nano = 5e9 -%}
with buckets as (
    select
        event_date,
        service_name,
        bucket_index,
        request_count as span_count,
        adjusted_request_count,
        error_count,
        satisfied_count,
        tolerating_count
    from {{ ref('cube_service_latency') }}
    where grain = 'day' and {{ is_due('event_date') }}
),

days as (
    select
        event_date,
        service_name,
        cast(sum(span_count) as bigint) as request_count,
        cast(sum(adjusted_request_count) as decimal(38, 6)) as adjusted_request_count,
        cast(sum(error_count) as bigint) as error_count,
        cast(sum(satisfied_count) as bigint) as satisfied_count,
        cast(sum(tolerating_count) as bigint) as tolerating_count
    from buckets
    group by event_date, service_name
),

quantiles as (
    {{ bucket_quantiles('buckets', ['event_date', 'service_name'], {
        'p50_nano': '0.5', 'p95_nano': '0.95', 'p99_nano': '0.99'
    }) }}
),

waiting as (
    select *
    from {{ ref('int_waiting_spans') }}
    where {{ is_due('event_date') }}
),

rates as (
    select
        days.*,
        coalesce(waiting.span_count, 0) as waiting_span_count,
        quantiles.p50_nano,
        quantiles.p95_nano,
        quantiles.p99_nano,
        days.error_count / days.request_count as error_ratio,
        (days.satisfied_count + days.tolerating_count / 2) / days.request_count as apdex
    from days
    left join quantiles
        on days.event_date = quantiles.event_date and days.service_name = quantiles.service_name
    left join waiting
        on days.event_date = waiting.event_date and days.service_name = waiting.service_name
)

select
    event_date,
    service_name,
    request_count,
    adjusted_request_count,
    error_count,
    satisfied_count,
    tolerating_count,
    request_count - satisfied_count - tolerating_count as frustrated_count,
    error_ratio,
    p50_nano,
    p95_nano,
    p99_nano,
    apdex,
    0.4 * (1 - error_ratio) + 0.3 * (1 - least(coalesce(p99_nano, 0) / {{ worst_p99_nano }}, 1)) + 0.3 * apdex as health,
    waiting_span_count
from rates
order by event_date, service_name
