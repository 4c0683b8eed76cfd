-- Which operations are slowest by their 99th percentile?
-- Tables: operation_latency() over cube_span_latency, dim_operation
-- Parameters: $from_at, $to_at
select
    service_name,
    span_name,
    kind_name,
    span_count,
    error_count,
    p50_nano,
    p99_nano
from operation_latency(null, $from_at, $to_at)
order by p99_nano desc nulls last, service_name, span_name, kind_name
limit 20;
