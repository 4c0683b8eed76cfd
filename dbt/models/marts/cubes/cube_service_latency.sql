{{ config(materialized='by_date') }}
{%- set threshold_nano = 500000000 -%}
{%- set sums = ['request_count', 'error_count', 'satisfied_count', 'tolerating_count'] -%}
with five_minutes as (
    select
        event_date,
        five_minutes_at as period_start_at,
        service_name,
        bucket_index,
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
    from {{ ref('int_spans_bucketed') }}
    where is_request and {{ is_due('event_date') }}
    group by event_date, five_minutes_at, service_name, bucket_index
),

{%- set measures = {'adjusted_request_count': 'sum(adjusted_request_count)'} -%}
{%- for column in sums -%}
    {%- do measures.update({column: 'cast(sum(' ~ column ~ ') as bigint)'}) -%}
{%- endfor %}

{{ three_grains('five_minutes', ['service_name', 'bucket_index'], measures) }}

select
    grain,
    event_date,
    period_start_at,
    service_name,
    bucket_index,
    request_count,
    cast(adjusted_request_count as decimal(38, 6)) as adjusted_request_count,
    error_count,
    satisfied_count,
    tolerating_count
from grains
order by grain, service_name, period_start_at, bucket_index
