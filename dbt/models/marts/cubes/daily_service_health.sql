{{ config(materialized='by_date') }}
{%- set threshold_nano = 500000000 -%}
{%- set worst_p99_nano = 5e9 -%}
with requests as (
    select *
    from {{ ref('int_spans_bucketed') }}
    where is_request and {{ is_due('event_date') }}
),

days as (
    select
        event_date,
        service_name,
        count(*) as request_count,
        sum(adjusted_count) as adjusted_request_count,
        count(*) filter (where status_code = 2) as error_count,
        count(*) filter (
            where status_code <> 2 and duration_nano <= {{ threshold_nano }}
        ) as satisfied_count,
        count(*) filter (
            where
            status_code <> 2
            and duration_nano > {{ threshold_nano }}
            and duration_nano <= 4 * {{ threshold_nano }}
        ) as tolerating_count
    from requests
    group by event_date, service_name
),

buckets as (
    select
        event_date,
        service_name,
        bucket_index,
        count(*) as span_count
    from requests
    group by event_date, service_name, bucket_index
),

quantiles as (
    {{ bucket_quantiles('buckets', ['event_date', 'service_name'], {
        'p50_nano': '0.5', 'p95_nano': '0.95', 'p99_nano': '0.99'
    }) }}
),

rates as (
    select
        days.*,
        quantiles.p50_nano,
        quantiles.p95_nano,
        quantiles.p99_nano,
        days.error_count / days.request_count as error_ratio,
        (days.satisfied_count + days.tolerating_count / 2) / days.request_count as apdex
    from days
    left join quantiles
        on days.event_date = quantiles.event_date and days.service_name = quantiles.service_name
)

select
    event_date,
    service_name,
    request_count,
    cast(adjusted_request_count as decimal(38, 6)) as adjusted_request_count,
    error_count,
    satisfied_count,
    tolerating_count,
    request_count - satisfied_count - tolerating_count as frustrated_count,
    error_ratio,
    p50_nano,
    p95_nano,
    p99_nano,
    apdex,
    0.4 * (1 - error_ratio) + 0.3 * (1 - least(coalesce(p99_nano, 0) / {{ worst_p99_nano }}, 1)) + 0.3 * apdex as health
from rates
order by event_date, service_name
