-- Which traces belong to one user?
-- Tables: fct_spans, fct_traces
-- Parameters: $user, $from_at, $to_at
with own as (
    select distinct trace_id
    from fct_spans
    where event_date >= $from_at and event_date < $to_at and user_id = $user
)

select
    trace_id,
    started_at,
    duration_nano,
    root_service_name,
    root_operation_name,
    span_count,
    error_count
from fct_traces
where trace_date >= $from_at and trace_date < $to_at and trace_id in (select trace_id from own)
order by start_time_unix_nano desc, trace_id
limit 100;
