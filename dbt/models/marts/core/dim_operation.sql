select
    operation_key,
    min({{ named_service('service_name') }}) as service_name,
    min(name) as span_name,
    min(kind) as kind
from {{ ref('stg_otlp__spans') }}
group by operation_key
order by service_name, span_name, kind
