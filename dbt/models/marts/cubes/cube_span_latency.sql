{{ config(materialized='by_date') }}
{%- set number -%} {{ cell_number('cells.cell_rank', 'spans.five_minutes', 'spans.bucket_index') }} {%- endset -%}
with five_minutes as (
    select
        {{ number }} as cell_number,
        count(*) as span_count,
        sum(spans.adjusted_count) as adjusted_count
    from {{ ref('int_spans_bucketed') }} as spans
    inner join {{ ref('int_cells_ranked') }} as cells on {{ same_cell('spans', 'cells') }}
    where {{ is_due('spans.event_date') }}
    group by {{ number }}
),

{{ three_grains('five_minutes', {
    'span_count': 'cast(sum(span_count) as bigint)',
    'adjusted_count': 'sum(adjusted_count)',
}) }},

cells as (
    {{ kept_cells() }}
)

select
    {{ grain_columns('sorted_grains', five_minutes_of('sorted_grains.cell_number')) }},
    cells.service_name,
    cells.operation_key,
    cells.kind,
    cells.status_code,
    cells.http_status_class,
    {{ bucket_of('sorted_grains.cell_number') }} as bucket_index,
    sorted_grains.span_count,
    cast(sorted_grains.adjusted_count as decimal(38, 6)) as adjusted_count
from sorted_grains
inner join cells on {{ cell_rank_of('sorted_grains.cell_number') }} = cells.cell_rank
