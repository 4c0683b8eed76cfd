{{ config(materialized=large_fact(), date_column='trace_date') }}
select
    event_date as trace_date,
    span_dates,
    trace_id,
    start_time_unix_nano,
    duration_nano,
    started_at,
    root_span_id,
    case when root_span_id is not null then {{ named_service('root_service_name') }} end as root_service_name,
    root_operation_name,
    span_count,
    service_count,
    error_count,
    orphan_count,
    root_count,
    max_depth,
    has_error,
    is_complete,
    critical_path_by_service,
    issues
from {{ ref('stg_otlp__traces') }}
