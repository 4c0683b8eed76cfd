-- Which traces pass through both of two services and take longer than a limit?
-- Tables: fct_traces, fct_spans
-- Parameters: $service_a, $service_b, $longer_than_nano, $from_at, $to_at
with slow as (
    select
        trace_id,
        started_at,
        duration_nano,
        root_service_name,
        root_operation_name
    from fct_traces
    where trace_date >= $from_at and trace_date < $to_at and duration_nano > $longer_than_nano
),

through as (
    select trace_id
    from fct_spans
    where
        event_date >= $from_at
        and event_date <= $to_at
        and service_name in ($service_a, $service_b)
        and trace_id in (select trace_id from slow)
    group by trace_id
    having count(distinct service_name) = 2
)

select slow.*
from slow
where trace_id in (select trace_id from through)
order by duration_nano desc, trace_id
limit 100;
