with operations as (
    select
        operation_key,
        service_name,
        span_name,
        kind,
        false as is_other
    from {{ ref('int_operation_days') }}

    union all

    select
        other_operation_key as operation_key,
        service_name,
        '__other__' as span_name,
        kind,
        true as is_other
    from {{ ref('int_operation_days') }}
    where other_operation_key is not null
)

select
    operation_key,
    min(service_name) as service_name,
    min(span_name) as span_name,
    min(kind) as kind,
    bool_or(is_other) as is_other
from operations
group by operation_key
order by service_name, span_name, kind
