select
    streams.stream_key,
    md5(concat_ws(chr(31), streams.metric_name, streams.metric_type, coalesce(streams.unit, ''))) as metric_key,
    streams.resource_key,
    streams.scope_key,
    {{ named_service('streams.service_name') }} as service_name,
    streams.metric_name,
    streams.description,
    streams.unit,
    streams.metric_type,
    streams.temporality,
    streams.is_monotonic,
    streams.attributes,
    streams.attribute_types,
    streams.metadata,
    streams.metadata_types,
    observed.first_seen_at,
    observed.last_seen_at,
    coalesce(observed.row_count, 0) as point_count
from {{ ref('stg_otlp__metric_streams') }} as streams
left join {{ ref('int_streams_observed') }} as observed on streams.stream_key = observed.stream_key
order by streams.metric_name, service_name, streams.stream_key
