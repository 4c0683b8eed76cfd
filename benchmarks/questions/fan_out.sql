-- Which operations have the most children?
-- Tables: fct_spans, dim_operation
-- Parameters: $from_at, $to_at
with operations as (
    select
        operation_key,
        count(*) as span_count,
        max(child_count) as most_children,
        avg(child_count) as mean_children
    from fct_spans
    where event_date >= $from_at and event_date < $to_at
    group by operation_key
)

select
    dim_operation.service_name,
    dim_operation.span_name,
    dim_operation.kind,
    operations.span_count,
    operations.most_children,
    operations.mean_children
from operations
inner join dim_operation on operations.operation_key = dim_operation.operation_key
order by most_children desc, mean_children desc, service_name, span_name, kind
limit 20;
