{{ config(materialized='by_date') }}
{%- set cell = ['service_name', 'operation_key', 'kind', 'status_code', 'http_status_class'] -%}
with five_minutes as (
    select
        event_date,
        five_minutes_at as period_start_at,
        {{ cell | join(', ') }},
        bucket_index,
        count(*) as span_count,
        sum(adjusted_count) as adjusted_count
    from {{ ref('int_spans_bucketed') }}
    where {{ is_due('event_date') }}
    group by all
),

-- A number stands for a cell in what is summed and sorted: all its columns take twice as long.
cells as (
    select
        {{ cell | join(', ') }},
        row_number() over (order by {{ cell | join(', ') }}) as cell_rank
    from (select distinct {{ cell | join(', ') }} from five_minutes) as distinct_cells
),

numbered as (
    select
        five_minutes.event_date,
        five_minutes.period_start_at,
        cells.cell_rank,
        five_minutes.bucket_index,
        five_minutes.span_count,
        five_minutes.adjusted_count
    from five_minutes
    inner join cells
        on
            {%- for column in cell %}
            five_minutes.{{ column }} = cells.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
),

{{ three_grains('numbered', ['cell_rank', 'bucket_index'], {
    'span_count': 'cast(sum(span_count) as bigint)',
    'adjusted_count': 'sum(adjusted_count)',
}) }}

select
    grains.grain,
    grains.event_date,
    grains.period_start_at,
    {% for column in cell -%} cells.{{ column }}, {% endfor %}
    grains.bucket_index,
    grains.span_count,
    cast(grains.adjusted_count as decimal(38, 6)) as adjusted_count
from grains
inner join cells on grains.cell_rank = cells.cell_rank
-- Cell by cell, so that a cell's periods lie together and its columns take no space.
order by
    case grains.grain when '5min' then 0 when 'hour' then 1 else 2 end * 1000000000 + cells.cell_rank,
    grains.period_start_at,
    grains.bucket_index
