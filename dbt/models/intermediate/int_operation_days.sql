{{ config(materialized='by_date') }}
with operations as (
    select
        event_date,
        operation_key,
        min(service_name) as service_name,
        min(span_name) as span_name,
        min(kind) as kind,
        cast(sum(span_count) as bigint) as span_count
    from {{ ref('int_cell_days') }}
    where {{ is_due('event_date') }}
    group by event_date, operation_key
),

ranked as (
    select
        *,
        row_number() over (
            partition by event_date, service_name
            order by span_count desc, span_name, kind, operation_key
        ) as frequency_rank
    from operations
)

select
    event_date,
    operation_key,
    service_name,
    span_name,
    kind,
    span_count,
    -- Names that hold ids make a cell of every span: beyond the 10,000 most frequent they share one.
    case when frequency_rank > 10000 then {{ other_operation_key('service_name', 'kind') }} end as other_operation_key
from ranked
