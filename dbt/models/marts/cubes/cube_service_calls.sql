{{ config(materialized='by_date') }}
{%- set edge = ['caller_service_name', 'callee_name', 'callee_type', 'connection_kind', 'is_inferred'] -%}
with calls as (
    select
        event_date,
        case
            when event_date = date '1970-01-01' then 0
            else {{ whole_quotient('start_time_unix_nano', '3600000000000') }}
        end as hour,
        {{ edge | join(', ') }},
        duration_nano,
        {{ bucket_position('duration_nano') }} as bucket_position,
        cast(adjusted_count as decimal(28, 6)) as adjusted_count,
        is_error
    from {{ ref('fct_service_calls') }}
    where {{ is_due('event_date') }}
),

hours as (
    select
        event_date,
        hour,
        {{ edge | join(', ') }},
        {{ exponential_bucket('duration_nano', 'bucket_position') }} as bucket_index,
        count(*) as call_count,
        sum(adjusted_count) as adjusted_call_count,
        count(*) filter (where is_error) as error_count
    from calls
    group by all
),

days as (
    select
        event_date,
        hour - hour % 24 as hour,
        {{ edge | join(', ') }},
        bucket_index,
        sum(call_count) as call_count,
        sum(adjusted_call_count) as adjusted_call_count,
        sum(error_count) as error_count
    from hours
    group by all
),

grains as (
    select
        'hour' as grain,
        *
    from hours
    union all
    select
        'day' as grain,
        *
    from days
)

select
    grain,
    event_date,
    {{ five_minutes_at('hour * 12') }} as period_start_at,
    {{ edge | join(', ') }},
    bucket_index,
    cast(call_count as bigint) as call_count,
    cast(adjusted_call_count as decimal(38, 6)) as adjusted_call_count,
    cast(error_count as bigint) as error_count
from grains
order by grain, {{ edge | join(', ') }}, period_start_at, bucket_index
