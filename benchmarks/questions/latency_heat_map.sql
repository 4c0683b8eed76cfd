-- How are the latencies of a service's requests distributed, hour by hour?
-- Tables: cube_service_latency
-- Parameters: $service, $from_at, $to_at
-- Bands are octaves: band k holds durations in (2^k, 2^(k+1)] nanoseconds.
select
    period_start_at as hour_at,
    bucket_index >> 6 as band,
    cast(sum(request_count) as bigint) as request_count
from cube_service_latency
where
    service_name = $service
    and grain = 'hour'
    and period_start_at >= $from_at
    and period_start_at < $to_at
    and bucket_index > -32768
group by hour_at, band
order by hour_at, band;
