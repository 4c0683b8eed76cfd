{{ config(materialized='by_date', tags='duckdb') }}
{%- set dimensions = ['service_name', 'operation_key', 'kind', 'status_code'] -%}
{%- set key = ['level', 'event_date'] + dimensions -%}
{#- Readable names of the levels; every level is one of each day. -#}
{%- set levels = {
    'all': [],
    'service': ['service_name'],
    'service, operation': ['service_name', 'operation_key'],
    'service, operation, status': ['service_name', 'operation_key', 'status_code'],
    'service, kind': ['service_name', 'kind'],
    'service, status': ['service_name', 'status_code'],
    'kind': ['kind'],
    'status': ['status_code'],
} -%}
{%- set level_name -%}
    case
        {%- for name, kept in levels.items() %}
        when
            {%- for dimension in dimensions %}
            {{ 'and ' if not loop.first }}grouping({{ dimension }}) = {{ 0 if dimension in kept else 1 }}
            {%- endfor %}
            then '{{ name }}'
        {%- endfor %}
    end
{%- endset -%}
{%- set grouping_sets -%}
    grouping sets (
        {%- for kept in levels.values() %}
        ({{ (['event_date'] + kept) | join(', ') }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endset -%}
with sums as (
    select
        {{ level_name }} as level,
        event_date,
        {{ dimensions | join(', ') }},
        cast(sum(span_count) as bigint) as span_count,
        cast(sum(adjusted_count) as decimal(38, 6)) as adjusted_count,
        cast(coalesce(sum(span_count) filter (where status_code = 2), 0) as bigint) as error_count,
        cast(sum(duration_nano_sum) as decimal(38, 0)) as duration_nano_sum
    from {{ ref('cube_span_latency_cells') }}
    where grain = 'day' and {{ is_due('event_date') }}
    group by {{ grouping_sets }}
),

buckets as (
    select
        {{ level_name }} as level,
        event_date,
        {{ dimensions | join(', ') }},
        bucket_index,
        cast(sum(span_count) as bigint) as span_count
    from {{ ref('cube_span_latency') }}
    where grain = 'day' and {{ is_due('event_date') }}
    group by bucket_index, {{ grouping_sets }}
),

quantiles as (
    {{ bucket_quantiles('buckets', key, {'p50_nano': '0.5', 'p95_nano': '0.95', 'p99_nano': '0.99'}) }}
)

select
    {% for column in key -%} sums.{{ column }}, {% endfor %}
    sums.span_count,
    sums.adjusted_count,
    sums.error_count,
    sums.duration_nano_sum,
    quantiles.p50_nano,
    quantiles.p95_nano,
    quantiles.p99_nano
from sums
left join quantiles
    on
        {%- for column in key %}
        sums.{{ column }} is not distinct from quantiles.{{ column }}{{ ' and' if not loop.last }}
        {%- endfor %}
order by {% for column in key %}sums.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
