-- Which operations make a request take as long as it does?
-- Tables: cube_critical_path, dim_operation
-- Parameters: $root_service, $root_operation, $from_at, $to_at
with operations as (
    select
        operation_key,
        sum(span_count) as span_count,
        sum(critical_path_nano) as critical_path_nano
    from cube_critical_path
    where
        root_service_name = $root_service
        and root_operation_name = $root_operation
        and event_date >= $from_at
        and event_date < $to_at
    group by operation_key
)

select
    dim_operation.service_name,
    dim_operation.span_name,
    dim_operation.kind,
    cast(operations.span_count as bigint) as span_count,
    cast(operations.critical_path_nano as double) / sum(operations.critical_path_nano) over () as critical_path_ratio
from operations
inner join dim_operation on operations.operation_key = dim_operation.operation_key
order by critical_path_ratio desc, service_name, span_name, kind;
