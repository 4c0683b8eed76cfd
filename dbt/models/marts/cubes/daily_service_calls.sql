{{ config(materialized='by_date', tags='duckdb') }}
{%- set edge = ['caller_service_name', 'callee_name', 'callee_type', 'connection_kind', 'is_inferred'] -%}
{%- set key = ['event_date'] + edge -%}
with buckets as (
    select
        {{ key | join(', ') }},
        bucket_index,
        call_count as span_count,
        adjusted_call_count,
        error_count
    from {{ ref('cube_service_calls') }}
    where grain = 'day' and {{ is_due('event_date') }}
),

days as (
    select
        {{ key | join(', ') }},
        cast(sum(span_count) as bigint) as call_count,
        cast(sum(adjusted_call_count) as decimal(38, 6)) as adjusted_call_count,
        cast(sum(error_count) as bigint) as error_count
    from buckets
    group by {{ key | join(', ') }}
),

quantiles as (
    {{ bucket_quantiles('buckets', key, {'p50_nano': '0.5', 'p95_nano': '0.95', 'p99_nano': '0.99'}) }}
)

select
    {% for column in key -%} days.{{ column }}, {% endfor %}
    days.call_count,
    days.adjusted_call_count,
    days.error_count,
    quantiles.p50_nano,
    quantiles.p95_nano,
    quantiles.p99_nano
from days
left join quantiles
    on
        {%- for column in key %}
        days.{{ column }} = quantiles.{{ column }}{{ ' and' if not loop.last }}
        {%- endfor %}
order by {% for column in key %}days.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
