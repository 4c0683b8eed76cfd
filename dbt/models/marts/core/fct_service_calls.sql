select
    event_date,
    {{ minute_of_day('start_time_unix_nano') }} as minute_of_day,
    trace_id,
    parent_span_id as caller_span_id,
    span_id as callee_span_id,
    {{ named_service('parent_service_name') }} as caller_service_name,
    {{ named_service('service_name') }} as callee_service_name,
    parent_operation_key as caller_operation_key,
    operation_key as callee_operation_key,
    kind as callee_kind,
    start_time_unix_nano,
    started_at,
    duration_nano,
    adjusted_count,
    is_remote_parent,
    status_code = 2 as is_error
from {{ ref('int_spans_parented') }}
where is_remote_parent and not is_duplicate
order by event_date, caller_service_name, callee_service_name, start_time_unix_nano
