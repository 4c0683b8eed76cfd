with observations as (
    select
        resource_key,
        'span' as signal,
        first_seen_at,
        last_seen_at,
        row_count
    from {{ ref('int_span_days') }}

    union all

    select
        resource_key,
        'log_record' as signal,
        first_seen_at,
        last_seen_at,
        row_count
    from {{ ref('int_log_days') }}

    union all

    select
        streams.resource_key,
        'metric_point' as signal,
        points.first_seen_at,
        points.last_seen_at,
        points.row_count
    from {{ ref('int_streams_observed') }} as points
    inner join {{ ref('stg_otlp__metric_streams') }} as streams on points.stream_key = streams.stream_key
)

select
    resource_key,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at,
    cast(coalesce(sum(row_count) filter (where signal = 'span'), 0) as bigint) as span_count,
    cast(coalesce(sum(row_count) filter (where signal = 'log_record'), 0) as bigint) as log_record_count,
    cast(coalesce(sum(row_count) filter (where signal = 'metric_point'), 0) as bigint) as metric_point_count
from observations
group by resource_key
