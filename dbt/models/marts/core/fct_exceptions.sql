{{ config(materialized='view', tags='duckdb') }}
with events as (
    select
        *,
        {{ attr('exception.type', 'span_events') }} as thrown_type,
        {{ attr('exception.message', 'span_events') }} as thrown_message,
        {{ attr('exception.stacktrace', 'span_events') }} as thrown_stacktrace,
        -- Part of the key, not a condition beside it: that would compare every event with every span.
        case when {{ is_id('trace_id') }} and {{ is_id('span_id') }} then trace_id end as joined_trace_id
    from {{ ref('stg_otlp__span_events') }}
    where name = 'exception'
),

exceptions as (
    select
        *,
        {{ without_particulars(stack_top('thrown_stacktrace')) }} as stack_top
    from events
),

-- A date of the events does not reach the files of the spans by itself: builds say which are due.
spans as (
    select
        event_date,
        trace_id,
        span_id,
        service_name,
        operation_key,
        resource_key,
        adjusted_count
    from {{ ref('stg_otlp__spans') }}
    where {{ is_due('event_date') }}
)

select
    exceptions.event_date,
    {{ minute_of_day('exceptions.time_unix_nano') }} as minute_of_day,
    exceptions.trace_id,
    exceptions.span_id,
    exceptions.ordinal,
    exceptions.time_unix_nano,
    exceptions.occurred_at,
    {{ named_service('spans.service_name') }} as service_name,
    spans.operation_key,
    spans.resource_key,
    {{ exception_fingerprint('exceptions.thrown_type', 'exceptions.stack_top', 'exceptions.thrown_message') }} as fingerprint,
    exceptions.thrown_type as exception_type,
    exceptions.thrown_message as exception_message,
    exceptions.stack_top,
    exceptions.thrown_stacktrace as exception_stacktrace,
    coalesce(spans.adjusted_count, 1) as adjusted_count
from exceptions
left join spans
    on
        exceptions.event_date = spans.event_date
        and exceptions.joined_trace_id = spans.trace_id
        and exceptions.span_id = spans.span_id
