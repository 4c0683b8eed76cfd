with spans as (
    select
        event_date,
        -- Times out of range have one date of their own, 1970-01-01, and so one period of their own.
        case
            when event_date = date '1970-01-01' then 0
            else {{ whole_quotient('start_time_unix_nano', '300000000000') }}
        end as five_minutes,
        operation_key,
        status_code,
        {{ http_class_number(attr('http.response.status_code')) }} as http_class_number,
        greatest(duration_nano, 0) as duration_nano,
        {{ bucket_position('duration_nano') }} as bucket_position,
        cast(adjusted_count as decimal(28, 6)) as adjusted_count,
        kind in (2, 5) or coalesce(is_root, false) as is_request
    from {{ ref('stg_otlp__spans') }}
)

select
    event_date,
    five_minutes,
    operation_key,
    status_code,
    http_class_number,
    duration_nano,
    {{ exponential_bucket('duration_nano', 'bucket_position') }} as bucket_index,
    adjusted_count,
    is_request
from spans
