{{ config(materialized=large_fact()) }}
select
    event_date,
    trace_id,
    span_id,
    ordinal,
    time_unix_nano,
    occurred_at,
    name,
    attributes,
    attribute_types,
    dropped_attributes_count,
    ingest_batch,
    {{ promoted_columns('span_events') }}
from {{ ref('stg_otlp__span_events') }}
