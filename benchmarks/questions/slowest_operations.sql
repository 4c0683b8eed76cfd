-- Which operations are slowest by their 99th percentile?
-- Tables: cube_span_latency, dim_operation, dim_span_kind
-- Parameters: $from_at, $to_at
-- Whole days; operation_latency() answers any range, also of one service.
with buckets as (
    select
        operation_key,
        bucket_index,
        sum(span_count) as span_count,
        sum(span_count) filter (where status_code = 2) as error_count
    from cube_span_latency
    where grain = 'day' and period_start_at >= $from_at and period_start_at < $to_at
    group by operation_key, bucket_index
),

ranked as (
    select
        *,
        bucket_index > -32768 as is_ranked,
        sum(span_count) filter (where bucket_index > -32768) over (
            partition by operation_key order by bucket_index
        ) as up_to,
        sum(span_count) filter (where bucket_index > -32768) over (partition by operation_key) as counted
    from buckets
),

operations as (
    select
        operation_key,
        cast(sum(span_count) as bigint) as span_count,
        cast(coalesce(sum(error_count), 0) as bigint) as error_count,
        bucket_estimate(min(bucket_index) filter (where is_ranked and up_to >= ceil(0.5 * counted))) as p50_nano,
        bucket_estimate(min(bucket_index) filter (where is_ranked and up_to >= ceil(0.99 * counted))) as p99_nano
    from ranked
    group by operation_key
)

select
    dim_operation.service_name,
    dim_operation.span_name,
    dim_span_kind.kind_name,
    operations.span_count,
    operations.error_count,
    operations.p50_nano,
    operations.p99_nano
from operations
inner join dim_operation on operations.operation_key = dim_operation.operation_key
inner join dim_span_kind on dim_operation.kind = dim_span_kind.kind
order by p99_nano desc nulls last, service_name, span_name, kind_name
limit 20;
