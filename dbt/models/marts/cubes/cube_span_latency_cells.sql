{{ config(materialized='by_date') }}
{%- set cell = ['service_name', 'operation_key', 'kind', 'status_code', 'http_status_class'] -%}
{%- set key = ['grain', 'period_start_at'] + cell -%}
with five_minutes as (
    select
        event_date,
        five_minutes_at as period_start_at,
        {{ cell | join(', ') }},
        count(*) as span_count,
        count(*) filter (where bucket_index = {{ zero_bucket() }}) as zero_count,
        sum(adjusted_count) as adjusted_count,
        sum(duration_nano) as duration_nano_sum,
        min(duration_nano) as duration_nano_min,
        max(duration_nano) as duration_nano_max
    from {{ ref('int_spans_bucketed') }}
    where {{ is_due('event_date') }}
    group by all
),

{{ three_grains('five_minutes', cell, {
    'span_count': 'cast(sum(span_count) as bigint)',
    'zero_count': 'cast(sum(zero_count) as bigint)',
    'adjusted_count': 'sum(adjusted_count)',
    'duration_nano_sum': 'sum(duration_nano_sum)',
    'duration_nano_min': 'min(duration_nano_min)',
    'duration_nano_max': 'max(duration_nano_max)',
}) }},

buckets as (
    select *
    from {{ ref('cube_span_latency') }}
    where {{ is_due('event_date') }}
),

quantiles as (
    {{ bucket_quantiles('buckets', key, {
        'p50_nano': '0.5', 'p90_nano': '0.9', 'p95_nano': '0.95', 'p99_nano': '0.99'
    }) }}
)

select
    grains.grain,
    grains.event_date,
    grains.period_start_at,
    {% for column in cell -%} grains.{{ column }}, {% endfor %}
    grains.span_count,
    grains.zero_count,
    cast(grains.adjusted_count as decimal(38, 6)) as adjusted_count,
    cast(grains.duration_nano_sum as decimal(38, 0)) as duration_nano_sum,
    grains.duration_nano_min,
    grains.duration_nano_max,
    quantiles.p50_nano,
    quantiles.p90_nano,
    quantiles.p95_nano,
    quantiles.p99_nano
from grains
left join quantiles
    on
        {%- for column in key %}
        grains.{{ column }} = quantiles.{{ column }}{{ ' and' if not loop.last }}
        {%- endfor %}
order by grains.grain, {% for column in cell %}grains.{{ column }}, {% endfor %}grains.period_start_at
