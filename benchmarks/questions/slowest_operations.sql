-- Which operations are slowest by their 99th percentile?
-- Tables: cube_rollup, cube_span_latency, dim_operation, dim_span_kind
-- Parameters: $from_at, $to_at
-- Whole days; operation_latency() answers any range, also of one service. A percentile of several days lies between the
-- least and the greatest of theirs: buckets are merged only of operations that can be among the slowest.
with operations as materialized (
    select
        operation_key,
        sum(span_count) as span_count,
        sum(error_count) as error_count,
        min(p99_nano) as least_p99_nano,
        max(p99_nano) as greatest_p99_nano
    from cube_rollup
    where level = 'service, operation' and event_date >= $from_at and event_date < $to_at
    group by operation_key
),

twentieth as (
    select least_p99_nano
    from operations
    where least_p99_nano is not null
    order by least_p99_nano desc
    limit 1 offset 19
),

candidates as materialized (
    select operation_key
    from operations
    where greatest_p99_nano >= coalesce((select least_p99_nano from twentieth), 0)
),

buckets as materialized (
    select
        operation_key,
        bucket_index,
        cast(sum(span_count) as bigint) as span_count
    from cube_span_latency
    where
        grain = 'day'
        and period_start_at >= $from_at
        and period_start_at < $to_at
        and bucket_index > -32768
        and operation_key in (select operation_key from candidates)
    group by operation_key, bucket_index
),

-- One running sum over all operations is cheaper than one for each: their ranks go on where those of the last one end.
counted as (
    select
        operation_key,
        cast(sum(span_count) as bigint) as span_count,
        cast(sum(sum(span_count)) over (order by operation_key rows unbounded preceding) as bigint) as up_to
    from buckets
    group by operation_key
),

ranks as (
    select
        operation_key,
        up_to - span_count + cast(ceil(0.5 * span_count) as bigint) as p50_rank,
        up_to - span_count + cast(ceil(0.99 * span_count) as bigint) as p99_rank
    from counted
),

ranked as (
    select
        operation_key,
        bucket_index,
        cast(sum(span_count) over (
            order by operation_key, bucket_index rows unbounded preceding
        ) as bigint) as up_to
    from buckets
),

quantiles as (
    select
        ranked.operation_key,
        bucket_estimate(min(ranked.bucket_index) filter (where ranked.up_to >= ranks.p50_rank)) as p50_nano,
        bucket_estimate(min(ranked.bucket_index) filter (where ranked.up_to >= ranks.p99_rank)) as p99_nano
    from ranked
    inner join ranks on ranked.operation_key = ranks.operation_key
    group by ranked.operation_key
)

select
    dim_operation.service_name,
    dim_operation.span_name,
    dim_span_kind.kind_name,
    cast(operations.span_count as bigint) as span_count,
    cast(operations.error_count as bigint) as error_count,
    quantiles.p50_nano,
    quantiles.p99_nano
from operations
inner join dim_operation on operations.operation_key = dim_operation.operation_key
inner join dim_span_kind on dim_operation.kind = dim_span_kind.kind
left join quantiles on operations.operation_key = quantiles.operation_key
order by p99_nano desc nulls last, service_name, span_name, kind_name
limit 20;
