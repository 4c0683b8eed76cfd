{{ config(materialized=large_fact()) }}
select
    event_date,
    stream_key,
    point_time_unix_nano,
    time_unix_nano,
    measured_at,
    sampled_at,
    value_double,
    value_int,
    coalesce(value_double, cast(value_int as double)) as value,
    trace_id,
    span_id,
    filtered_attributes,
    filtered_attribute_types,
    ingest_batch
from {{ ref('stg_otlp__exemplars') }}
