{{ config(materialized='by_date', tags='duckdb') }}
with requests as (
    select
        event_date,
        {{ named_service('service_name') }} as service_name,
        {{ attr('server.address') }} as server_address,
        {{ attr('http.request.resend_count') }} as resend_count,
        status_code,
        greatest(duration_nano, 0) as duration_nano
    from {{ ref('stg_otlp__spans') }}
    where {{ is_due('event_date') }}
)

select
    event_date,
    service_name,
    server_address,
    resend_count,
    count(*) as request_count,
    count(*) filter (where status_code = 2) as error_count,
    cast(sum(duration_nano) as decimal(38, 0)) as duration_nano_sum
from requests
where resend_count > 0
group by event_date, service_name, server_address, resend_count
order by event_date, service_name, server_address, resend_count
