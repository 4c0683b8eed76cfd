{{ config(materialized='by_date', tags='duckdb') }}
{%- set places = [
    ('span', 'spans', 'start_time_unix_nano', 'attributes', 'attribute_types'),
    ('span_event', 'span_events', 'time_unix_nano', 'attributes', 'attribute_types'),
    ('span_link', 'span_links', 'span_id', 'attributes', 'attribute_types'),
    ('log_record', 'log_records', 'time_unix_nano', 'attributes', 'attribute_types'),
    ('exemplar', 'exemplars', 'time_unix_nano', 'filtered_attributes', 'filtered_attribute_types'),
] %}
{%- for place, table, row_id, attributes, attribute_types in places %}
{{ 'union all' if not loop.first }}
(
    {{ attribute_census(ref('stg_otlp__' ~ table), place, table, row_id, attributes, attribute_types) }}
)
{%- endfor %}
