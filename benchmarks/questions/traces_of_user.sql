-- Which traces belong to one user?
-- Tables: fct_spans, fct_traces
-- Parameters: $user, $from_at, $to_at
-- When a trace starts is found first: numbers are cheaper to read than ids, and tell where to look for those.
with latest as materialized (
    select trace_start_unix_nano
    from fct_spans
    where event_date >= $from_at and event_date < $to_at and user_id = $user
    group by trace_start_unix_nano
    order by trace_start_unix_nano desc
    limit 100
),

own as materialized (
    select distinct spans.trace_id
    from fct_spans as spans
    inner join latest on spans.trace_start_unix_nano = latest.trace_start_unix_nano
    where spans.event_date >= $from_at and spans.event_date < $to_at and spans.user_id = $user
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
