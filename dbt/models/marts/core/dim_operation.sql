select
    operation_key,
    min(service_name) as service_name,
    min(span_name) as span_name,
    min(kind) as kind
from {{ ref('int_operation_days') }}
group by operation_key
order by service_name, span_name, kind
