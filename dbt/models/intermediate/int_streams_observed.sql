select
    stream_key,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at,
    cast(sum(row_count) as bigint) as row_count
from {{ ref('int_stream_days') }}
group by stream_key
