{{ config(materialized=large_fact()) }}
select
    event_date,
    trace_id,
    span_id,
    ordinal,
    linked_trace_id,
    linked_span_id,
    trace_state,
    flags,
    attributes,
    attribute_types,
    dropped_attributes_count,
    ingest_batch
from {{ ref('stg_otlp__span_links') }}
