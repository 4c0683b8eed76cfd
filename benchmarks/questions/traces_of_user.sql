-- Which traces belong to one user?
-- Tables: fct_trace_attributes, fct_traces
-- Parameters: $user, $from_at, $to_at
-- The latest are chosen before the lake is read: when they start says which of its dates to look into.
with own as materialized (
    select
        trace_id,
        trace_start_unix_nano
    from fct_trace_attributes
    where attribute_key = 'user.id' and attribute_value = $user and event_date >= $from_at and event_date < $to_at
    group by trace_id, trace_start_unix_nano
    order by trace_start_unix_nano desc, trace_id
    limit 100
)

select
    traces.trace_id,
    traces.started_at,
    traces.duration_nano,
    traces.root_service_name,
    traces.root_operation_name,
    traces.span_count,
    traces.error_count
from fct_traces as traces
inner join own on traces.start_time_unix_nano = own.trace_start_unix_nano and traces.trace_id = own.trace_id
where traces.trace_date >= $from_at and traces.trace_date < $to_at
order by traces.start_time_unix_nano desc, traces.trace_id;
