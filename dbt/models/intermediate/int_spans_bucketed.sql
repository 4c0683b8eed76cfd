with spans as (
    select
        event_date,
        -- Times out of range have one date of their own, 1970-01-01, and so one hour of their own.
        case
            when event_date = date '1970-01-01' then timestamp '1970-01-01 00:00:00'
            else date_trunc('hour', started_at)
        end as hour_at,
        {{ named_service('service_name') }} as service_name,
        operation_key,
        kind,
        status_code,
        {{ attr('http.response.status_code') }} as http_response_status_code,
        greatest(duration_nano, 0) as duration_nano,
        cast(adjusted_count as decimal(28, 6)) as adjusted_count,
        kind in (2, 5) or (
            not {{ is_id('parent_span_id') }} and {{ is_id('trace_id') }} and {{ is_id('span_id') }}
        ) as is_request
    from {{ ref('stg_otlp__spans') }}
)

select
    event_date,
    hour_at,
    service_name,
    operation_key,
    kind,
    status_code,
    {{ http_status_class('http_response_status_code') }} as http_status_class,
    duration_nano,
    {{ exponential_bucket('duration_nano') }} as bucket_index,
    adjusted_count,
    is_request
from spans
