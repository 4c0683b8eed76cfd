{{ config(materialized='by_date', tags='duckdb') }}
{%- set quantiles = {'p50_nano': '0.5', 'p90_nano': '0.9', 'p95_nano': '0.95', 'p99_nano': '0.99'} -%}
with spans as (
    select
        spans.*,
        cells.cell_rank,
        spans.five_minutes - spans.five_minutes % 12 as hour,
        spans.five_minutes - spans.five_minutes % 288 as day
    from {{ ref('int_spans_bucketed') }} as spans
    inner join {{ ref('int_cells_ranked') }} as cells on {{ same_cell('spans', 'cells') }}
    where {{ is_due('spans.event_date') }}
),

-- Quantiles of few values are cheaper from the values than from counts of buckets, and one scan serves all grains.
grains as (
    select
        grouping(five_minutes) * (1 + grouping(hour)) as grain_order,
        cell_rank,
        coalesce(five_minutes, hour, day) as five_minutes,
        count(*) as span_count,
        count(*) filter (where bucket_index = {{ zero_bucket() }}) as zero_count,
        sum(adjusted_count) as adjusted_count,
        sum(duration_nano) as duration_nano_sum,
        min(duration_nano) as duration_nano_min,
        max(duration_nano) as duration_nano_max,
        quantile_disc(bucket_index, [{{ quantiles.values() | join(', ') }}]) filter (
            where bucket_index <> {{ zero_bucket() }}
        ) as bucket_quantiles
    from spans
    group by grouping sets ((cell_rank, five_minutes), (cell_rank, hour), (cell_rank, day))
),

cells as (
    {{ kept_cells() }}
)

select
    {{ grain_columns('grains', 'grains.five_minutes') }},
    cells.service_name,
    cells.operation_key,
    cells.kind,
    cells.status_code,
    cells.http_status_class,
    grains.span_count,
    grains.zero_count,
    cast(grains.adjusted_count as decimal(38, 6)) as adjusted_count,
    cast(grains.duration_nano_sum as decimal(38, 0)) as duration_nano_sum,
    grains.duration_nano_min,
    grains.duration_nano_max,
    {%- for column in quantiles %}
    {{ bucket_estimate('grains.bucket_quantiles[' ~ loop.index ~ ']') }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from grains
inner join cells on grains.cell_rank = cells.cell_rank
order by grains.grain_order, grains.cell_rank, grains.five_minutes
