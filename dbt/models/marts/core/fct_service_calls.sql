{{ config(materialized=large_fact()) }}
{#- Written out where it is read: as a CTE of a view its rows, those of all spans, would be kept for the second reader. -#}
{%- set spans -%}
    (
        select
            *,
            {{ connection_kind() }} as connection_kind,
            nullif({{ attr('service.peer.name') }}, '') as peer_service,
            nullif({{ attr('messaging.destination.name') }}, '') as peer_queue,
            nullif({{ attr('server.address') }}, '') as peer_host
        from {{ ref('stg_otlp__spans') }}
        where {{ is_due('event_date') }}
    )
{%- endset -%}
{#- Put together for calls of databases alone. -#}
{%- set peer_database -%}
    nullif(concat_ws('/', {{ attr('db.system.name', relation='spans') }}, {{ attr('db.namespace', relation='spans') }}), '')
{%- endset -%}
{%- set same_call -%}
    spans.event_date = exceptions.event_date
    and spans.trace_id = exceptions.trace_id
    and spans.span_id = exceptions.span_id
{%- endset -%}
with observed as (
    select
        event_date,
        trace_id,
        parent_span_id as caller_span_id,
        span_id as callee_span_id,
        {{ named_service('parent_service_name') }} as caller_service_name,
        {{ named_service('service_name') }} as callee_name,
        {{ named_service('service_name') }} as callee_service_name,
        'service' as callee_type,
        connection_kind,
        cast(null as bigint) as caller_operation_key,
        operation_key as callee_operation_key,
        kind as callee_kind,
        start_time_unix_nano,
        started_at,
        duration_nano,
        adjusted_count,
        is_remote_parent,
        false as is_inferred,
        status_code = 2 as is_error
    from {{ spans }} as spans
    where is_remote_parent
),

-- A caller that violates IC3 has an instrumented peer, or names none: there is nothing to infer.
unanswered as (
    select spans.*
    from {{ spans }} as spans
    {{ anti_join() }} {{ ref('int_call_exceptions') }} as exceptions on {{ same_call }}
    where spans.kind in (3, 4) and spans.issues & 4 = 0 and spans.child_count = 0

    union all

    select spans.*
    from {{ spans }} as spans
    inner join {{ ref('int_call_exceptions') }} as exceptions on {{ same_call }}
    where spans.kind in (3, 4) and spans.issues & 4 = 0 and spans.child_count > 0
),

inferred as (
    select
        spans.event_date,
        spans.trace_id,
        spans.span_id as caller_span_id,
        cast(null as {{ text_type() }}) as callee_span_id,
        {{ named_service('spans.service_name') }} as caller_service_name,
        coalesce(
            spans.peer_service,
            case spans.connection_kind when 'db' then {{ peer_database }} when 'messaging' then spans.peer_queue end,
            spans.peer_host
        ) as callee_name,
        cast(null as {{ text_type() }}) as callee_service_name,
        case
            when spans.peer_service is not null then 'service'
            when spans.connection_kind = 'db' then 'database'
            when spans.connection_kind = 'messaging' and spans.peer_queue is not null then 'queue'
            else 'host'
        end as callee_type,
        spans.connection_kind,
        spans.operation_key as caller_operation_key,
        cast(null as bigint) as callee_operation_key,
        cast(null as integer) as callee_kind,
        spans.start_time_unix_nano,
        spans.started_at,
        spans.duration_nano,
        spans.adjusted_count,
        false as is_remote_parent,
        true as is_inferred,
        spans.status_code = 2 as is_error
    from unanswered as spans
),

calls as (
    select *
    from observed
    union all
    select *
    from inferred
    where callee_name is not null
)

select
    event_date,
    {{ minute_of_day('start_time_unix_nano') }} as minute_of_day,
    trace_id,
    caller_span_id,
    callee_span_id,
    caller_service_name,
    callee_name,
    callee_service_name,
    callee_type,
    connection_kind,
    caller_operation_key,
    callee_operation_key,
    callee_kind,
    start_time_unix_nano,
    started_at,
    duration_nano,
    adjusted_count,
    is_remote_parent,
    is_inferred,
    is_error
from calls
