-- Which operations make the same call many times under one parent, where one would do (N+1)?
-- Tables: fct_spans
-- Parameters: $more_than, $from_at, $to_at
-- Calls one after the other take the sum of their times, calls side by side do not: is_sequential tells them apart.
with parents as materialized (
    select
        trace_start_unix_nano,
        trace_id,
        span_id,
        service_name,
        name
    from fct_spans
    where event_date >= $from_at and event_date < $to_at and child_count > $more_than
),

-- Spans of traces that start when one of theirs does: numbers rule most spans out before texts are compared.
candidates as materialized (
    select
        trace_id,
        parent_span_id,
        name,
        start_time_unix_nano,
        duration_nano
    from fct_spans
    where
        event_date >= $from_at
        and event_date < $to_at
        and kind = 3
        and trace_start_unix_nano in (select trace_start_unix_nano from parents)
),

calls as (
    select
        parents.service_name,
        parents.name as parent_name,
        spans.name as call_name,
        count(*) as call_count,
        sum(spans.duration_nano) as time_nano,
        max(spans.start_time_unix_nano + spans.duration_nano) - min(spans.start_time_unix_nano) as elapsed_nano
    from candidates as spans
    inner join parents on spans.trace_id = parents.trace_id and spans.parent_span_id = parents.span_id
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
