{{ config(materialized='by_date', tags='duckdb') }}
with spans as (
    select
        *,
        {{ attr('http.request.method') }} as request_method,
        {{ attr('http.route') }} as route,
        {{ attr('http.response.status_code') }} as response_status_code,
        {{ attr('error.type') }} as type_of_error
    from {{ ref('stg_otlp__spans') }}
    where {{ is_due('event_date') }}
)

select
    event_date,
    trace_id,
    span_id,
    {{ named_service('service_name') }} as service_name,
    operation_key,
    kind,
    start_time_unix_nano,
    started_at,
    duration_nano,
    status_code,
    status_message,
    request_method as http_request_method,
    route as http_route,
    response_status_code as http_response_status_code,
    type_of_error as error_type
from spans
where status_code = 2 or response_status_code >= 500
order by event_date, start_time_unix_nano, trace_id, span_id
