-- Along which paths, from the root to the span where it began, do errors travel?
-- Tables: fct_spans, fct_traces
-- Parameters: $from_at, $to_at
with recursive failed_traces as (
    select trace_id
    from fct_traces
    where has_error and trace_date >= $from_at and trace_date < $to_at
),

-- The paths look into it at every step: materialized, the lake is read once.
spans as materialized (
    select
        trace_id,
        span_id,
        parent_span_id,
        service_name || ' ' || name as step,
        status_code = 2 as is_error
    from fct_spans
    where
        event_date >= $from_at
        and event_date < $to_at
        and trace_id in (select trace_id from failed_traces)
),

origins as (
    select *
    from spans
    where
        is_error
        and (trace_id, span_id) not in (
            select (trace_id, parent_span_id)
            from spans
            where is_error and parent_span_id is not null
        )
),

paths as (
    select
        trace_id,
        parent_span_id,
        step as path
    from origins

    union all

    select
        paths.trace_id,
        spans.parent_span_id,
        spans.step || ' > ' || paths.path as path
    from paths
    inner join spans on paths.trace_id = spans.trace_id and paths.parent_span_id = spans.span_id
)

select
    path,
    count(*) as error_count,
    count(distinct trace_id) as trace_count
from paths
where parent_span_id is null
group by path
order by error_count desc, path
limit 20;
