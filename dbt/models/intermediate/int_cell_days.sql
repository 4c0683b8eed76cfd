{{ config(materialized='by_date') }}
with spans as (
    select
        event_date,
        operation_key,
        status_code,
        {{ http_class_number(attr('http.response.status_code')) }} as http_class_number,
        service_name,
        name,
        kind
    from {{ ref('stg_otlp__spans') }}
    where {{ is_due('event_date') }}
)

select
    event_date,
    operation_key,
    status_code,
    http_class_number,
    min({{ named_service('service_name') }}) as service_name,
    min(name) as span_name,
    min(kind) as kind,
    count(*) as span_count
from spans
group by event_date, operation_key, status_code, http_class_number
