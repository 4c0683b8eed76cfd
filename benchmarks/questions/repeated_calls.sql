-- Which operations make the same call many times under one parent, where one would do (N+1)?
-- Tables: fct_spans
-- Parameters: $more_than, $from_at, $to_at
-- Calls one after the other take the sum of their times, calls side by side do not: is_sequential tells them apart.
with parents as materialized (
    select
        trace_id,
        span_id,
        service_name,
        name
    from fct_spans
    where event_date >= $from_at and event_date < $to_at and child_count > $more_than
),

calls as (
    select
        parents.service_name,
        parents.name as parent_name,
        spans.name as call_name,
        count(*) as call_count,
        sum(spans.duration_nano) as time_nano,
        max(spans.start_time_unix_nano + spans.duration_nano) - min(spans.start_time_unix_nano) as elapsed_nano
    from fct_spans as spans
    inner join parents on spans.trace_id = parents.trace_id and spans.parent_span_id = parents.span_id
    where spans.event_date >= $from_at and spans.event_date < $to_at and spans.kind = 3
    group by spans.trace_id, parents.span_id, parents.service_name, parents.name, spans.name
    having count(*) > $more_than
)

select
    service_name,
    parent_name,
    call_name,
    count(*) as parent_count,
    max(call_count) as most_calls,
    cast(sum(call_count) as bigint) as call_count,
    bool_and(time_nano <= elapsed_nano) as is_sequential
from calls
group by service_name, parent_name, call_name
order by call_count desc, service_name, parent_name, call_name;
