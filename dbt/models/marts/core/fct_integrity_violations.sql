{{ config(materialized=large_fact()) }}
with violations as (
    select *
    from {{ ref('stg_otlp__integrity_violations') }}
),

too_many_operations as (
    select
        event_date,
        service_name,
        count(*) as operation_count,
        cast(sum(span_count) filter (where other_operation_key is not null) as bigint) as other_span_count
    from {{ ref('int_operation_days') }}
    group by event_date, service_name
    having count(other_operation_key) > 0
)

select
    violations.event_date,
    violations.constraint_id,
    violations.finding,
    violations.severity,
    violations.trace_id,
    violations.span_id,
    violations.stream_key,
    violations.resource_key,
    case
        when violations.resource_key is not null then {{ named_service('resources.service_name') }}
    end as service_name,
    violations.detail,
    violations.fix
from violations
left join {{ ref('stg_otlp__resources') }} as resources on violations.resource_key = resources.resource_key

union all

select
    event_date,
    'CARDINALITY' as constraint_id,
    'too_many_operations' as finding,
    'warning' as severity,
    cast(null as {{ text_type() }}) as trace_id,
    cast(null as {{ text_type() }}) as span_id,
    cast(null as bigint) as stream_key,
    cast(null as bigint) as resource_key,
    service_name,
    service_name || ' has ' || operation_count || ' operations on this day: cubes keep the 10000 most frequent, and '
    || other_span_count || ' spans of the rest lie in `__other__`.' as detail,
    'Name spans after routes or templates in ' || service_name || ' and put ids into attributes.' as fix
from too_many_operations
