{{ config(materialized='by_date') }}
-- Traces with one root and no orphan: there the shares of the path add up to the root's duration.
with traces as (
    select
        trace_id,
        {{ named_service('root_service_name') }} as root_service_name,
        root_operation_name
    from {{ ref('stg_otlp__traces') }}
    where is_complete and {{ is_near_due('event_date') }}
),

spans as (
    select
        spans.event_date,
        traces.root_service_name,
        traces.root_operation_name,
        coalesce(others.other_operation_key, spans.operation_key) as operation_key,
        spans.critical_path_nano,
        spans.self_time_nano
    from {{ ref('stg_otlp__spans') }} as spans
    inner join traces on spans.trace_id = traces.trace_id
    left join {{ ref('int_operation_days') }} as others
        on
            spans.event_date = others.event_date
            and spans.operation_key = others.operation_key
            and others.other_operation_key is not null
    where {{ is_due('spans.event_date') }}
)

select
    event_date,
    root_service_name,
    root_operation_name,
    operation_key,
    count(*) as span_count,
    count(*) filter (where critical_path_nano > 0) as critical_span_count,
    cast(sum(critical_path_nano) as decimal(38, 0)) as critical_path_nano,
    cast(sum(self_time_nano) as decimal(38, 0)) as self_time_nano,
    -- Null when everything at this root took no time.
    sum(critical_path_nano) / nullif(
        sum(sum(critical_path_nano)) over (partition by event_date, root_service_name, root_operation_name), 0
    ) as critical_path_share
from spans
group by event_date, root_service_name, root_operation_name, operation_key
order by event_date, root_service_name, root_operation_name, critical_path_nano desc, operation_key
