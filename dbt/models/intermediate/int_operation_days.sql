{{ config(materialized='by_date') }}
select
    event_date,
    operation_key,
    min({{ named_service('service_name') }}) as service_name,
    min(name) as span_name,
    min(kind) as kind,
    count(*) as span_count
from {{ ref('stg_otlp__spans') }}
where {{ is_due('event_date') }}
group by event_date, operation_key
