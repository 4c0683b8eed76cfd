with cells as (
    select
        cells.event_date,
        cells.operation_key,
        cells.status_code,
        cells.http_class_number,
        coalesce(operations.other_operation_key, cells.operation_key) as kept_operation_key,
        operations.service_name,
        operations.kind
    from {{ ref('int_cell_days') }} as cells
    inner join {{ ref('int_operation_days') }} as operations
        on cells.event_date = operations.event_date and cells.operation_key = operations.operation_key
    where {{ is_due('cells.event_date') }} and {{ is_due('operations.event_date') }}
)

select
    *,
    cast(dense_rank() over (
        order by service_name, kept_operation_key, kind, status_code, http_class_number
    ) as bigint) as cell_rank,
    cast(dense_rank() over (order by service_name) as bigint) as service_rank
from cells
