{{ config(materialized='by_date', tags='duckdb') }}
with exceptions as (
    select
        exceptions.*,
        coalesce(others.other_operation_key, exceptions.operation_key) as kept_operation_key
    from {{ ref('fct_exceptions') }} as exceptions
    left join {{ ref('int_operation_days') }} as others
        on
            exceptions.event_date = others.event_date
            and exceptions.operation_key = others.operation_key
            and others.other_operation_key is not null
    where {{ is_due('exceptions.event_date') }}
)

select
    event_date,
    case
        when event_date = date '1970-01-01' or occurred_at is null then cast(event_date as timestamp)
        else date_trunc('hour', occurred_at)
    end as period_start_at,
    service_name,
    kept_operation_key as operation_key,
    fingerprint,
    min(exception_type) as exception_type,
    min(stack_top) as stack_top,
    min(exception_message) as example_message,
    min(trace_id) as example_trace_id,
    count(*) as exception_count,
    cast(sum(cast(adjusted_count as decimal(28, 6))) as decimal(38, 6)) as adjusted_exception_count
from exceptions
group by all
order by period_start_at, service_name, operation_key, fingerprint
