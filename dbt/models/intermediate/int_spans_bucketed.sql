with spans as (
    select
        event_date,
        -- Times out of range have one date of their own, 1970-01-01, and so one period of their own.
        case
            when event_date = date '1970-01-01' then 0
            else {{ whole_quotient('start_time_unix_nano', '300000000000') }}
        end as five_minutes,
        {{ named_service('service_name') }} as service_name,
        operation_key,
        kind,
        status_code,
        {{ attr('http.response.status_code') }} as http_response_status_code,
        greatest(duration_nano, 0) as duration_nano,
        cast(adjusted_count as decimal(28, 6)) as adjusted_count,
        kind in (2, 5) or coalesce(is_root, false) as is_request
    from {{ ref('stg_otlp__spans') }}
),

others as (
    select
        event_date,
        operation_key,
        other_operation_key
    from {{ ref('int_operation_days') }}
    where other_operation_key is not null
)

select
    spans.event_date,
    spans.five_minutes,
    {{ five_minutes_at('spans.five_minutes') }} as five_minutes_at,
    spans.service_name,
    coalesce(others.other_operation_key, spans.operation_key) as operation_key,
    spans.kind,
    spans.status_code,
    {{ http_status_class('spans.http_response_status_code') }} as http_status_class,
    spans.duration_nano,
    {{ exponential_bucket('spans.duration_nano') }} as bucket_index,
    spans.adjusted_count,
    spans.is_request
from spans
left join others
    on spans.event_date = others.event_date and spans.operation_key = others.operation_key
