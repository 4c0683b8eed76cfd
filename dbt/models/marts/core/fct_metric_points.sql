{{ config(materialized=large_fact()) }}
{#- Each kind of point with the measures that it has; the other measures of the fact are null in its rows. -#}
{%- set measures = {
    'value_double': 'double', 'value_int': 'bigint', 'value': 'double',
    'count': 'bigint', 'sum': 'double', 'min': 'double', 'max': 'double',
    'explicit_bounds': list_of('double'), 'bucket_counts': list_of('bigint'),
    'scale': 'integer', 'zero_count': 'bigint', 'zero_threshold': 'double',
    'positive_offset': 'integer', 'positive_bucket_counts': list_of('bigint'),
    'negative_offset': 'integer', 'negative_bucket_counts': list_of('bigint'),
    'quantiles': list_of('double'), 'quantile_values': list_of('double')
} -%}
{%- set kinds = {
    'number': ['value_double', 'value_int'],
    'histogram': ['count', 'sum', 'min', 'max', 'explicit_bounds', 'bucket_counts'],
    'exponential_histogram': ['count', 'sum', 'min', 'max', 'scale', 'zero_count', 'zero_threshold',
        'positive_offset', 'positive_bucket_counts', 'negative_offset', 'negative_bucket_counts'],
    'summary': ['count', 'sum', 'quantiles', 'quantile_values']
} -%}
{%- for kind, own in kinds.items() %}
{% if not loop.first %}union all
{% endif %}
select
    event_date,
    stream_key,
    '{{ kind }}' as point_type,
    {{ minute_of_day('time_unix_nano') }} as minute_of_day,
    time_unix_nano,
    start_time_unix_nano,
    measured_at,
    started_at,
    flags,
    flags & 1 = 1 as has_no_recorded_value,
    {%- for name, type in measures.items() %}
    {% if name in own -%}
    {{ name }}
    {%- elif name == 'value' and kind == 'number' -%}
    coalesce(value_double, cast(value_int as double)) as value
    {%- else -%}
    cast(null as {{ type }}) as {{ name }}
    {%- endif -%},
    {%- endfor %}
    ingest_batch
from {{ ref('stg_otlp__' ~ kind ~ '_points') }}
{%- endfor %}
