{{ config(materialized='by_date') }}
{%- set cell = ['service_name', 'operation_key', 'kind', 'status_code', 'http_status_class'] -%}
with spans as {{ not_kept() }} (
    select *
    from {{ ref('int_spans_bucketed') }}
    where {{ is_due('event_date') }}
),

-- An operation has one service and one kind.
ranked_cells as (
    select
        *,
        cast(row_number() over (order by {{ cell | join(', ') }}) as bigint) as cell_rank
    from (
        select
            operation_key,
            status_code,
            http_status_class,
            min(service_name) as service_name,
            min(kind) as kind
        from spans
        group by operation_key, status_code, http_status_class
        having {{ few_groups() }}
    ) as distinct_cells
),

cells as (
    select *
    from ranked_cells
    where {{ few_rows('cell_rank') }}
),

five_minutes as (
    select
        {{ cell_number('cells.cell_rank', 'spans.five_minutes', 'spans.bucket_index') }} as cell_number,
        count(*) as span_count,
        sum(spans.adjusted_count) as adjusted_count
    from spans
    left join cells
        on
            spans.operation_key = cells.operation_key
            and spans.status_code = cells.status_code
            and spans.http_status_class = cells.http_status_class
    group by {{ cell_number('cells.cell_rank', 'spans.five_minutes', 'spans.bucket_index') }}
),

{{ three_grains('five_minutes', {
    'span_count': 'cast(sum(span_count) as bigint)',
    'adjusted_count': 'sum(adjusted_count)',
}) }}

select
    {{ grain_columns('sorted_grains') }},
    {% for column in cell -%} cells.{{ column }}, {% endfor %}
    {{ bucket_of('sorted_grains.cell_number') }} as bucket_index,
    sorted_grains.span_count,
    cast(sorted_grains.adjusted_count as decimal(38, 6)) as adjusted_count
from sorted_grains
inner join cells on {{ cell_rank_of('sorted_grains.cell_number') }} = cells.cell_rank
