-- Which operations are slowest by their 99th percentile?
-- Tables: cube_span_latency, dim_operation, dim_span_kind
-- Parameters: $from_at, $to_at
-- Whole days; operation_latency() answers any range, also of one service. Ranks are looked for among octaves of 64
-- buckets first, then among the buckets of one octave: that is a tenth of the rows to be put in order.
with buckets as materialized (
    select
        operation_key,
        bucket_index,
        bucket_index >> 6 as octave,
        cast(sum(span_count) as bigint) as span_count,
        cast(coalesce(sum(span_count) filter (where status_code = 2), 0) as bigint) as error_count
    from cube_span_latency
    where grain = 'day' and period_start_at >= $from_at and period_start_at < $to_at
    group by operation_key, bucket_index
),

octaves as (
    select
        operation_key,
        octave,
        cast(sum(span_count) as bigint) as span_count,
        cast(sum(error_count) as bigint) as error_count
    from buckets
    group by operation_key, octave
),

-- Durations of zero lie in bucket -32768, octave -512: they are counted, but not ranked.
operations as (
    select
        operation_key,
        cast(sum(span_count) as bigint) as span_count,
        cast(sum(error_count) as bigint) as error_count,
        ceil(0.5 * sum(span_count) filter (where octave > -512)) as p50_rank,
        ceil(0.99 * sum(span_count) filter (where octave > -512)) as p99_rank
    from octaves
    group by operation_key
),

below as (
    select
        operation_key,
        octave,
        span_count,
        cast(sum(span_count) over (partition by operation_key order by octave) as bigint) - span_count as span_count_below
    from octaves
    where octave > -512
),

ranked as (
    select
        operations.operation_key,
        operations.p50_rank,
        operations.p99_rank,
        buckets.bucket_index,
        below.span_count_below + sum(buckets.span_count) over (
            partition by below.operation_key, below.octave order by buckets.bucket_index
        ) as up_to
    from below
    inner join operations on below.operation_key = operations.operation_key
    inner join buckets on below.operation_key = buckets.operation_key and below.octave = buckets.octave
    where
        operations.p50_rank between below.span_count_below + 1 and below.span_count_below + below.span_count
        or operations.p99_rank between below.span_count_below + 1 and below.span_count_below + below.span_count
),

quantiles as (
    select
        operation_key,
        bucket_estimate(min(bucket_index) filter (where up_to >= p50_rank)) as p50_nano,
        bucket_estimate(min(bucket_index) filter (where up_to >= p99_rank)) as p99_nano
    from ranked
    group by operation_key
)

select
    dim_operation.service_name,
    dim_operation.span_name,
    dim_span_kind.kind_name,
    operations.span_count,
    operations.error_count,
    quantiles.p50_nano,
    quantiles.p99_nano
from operations
inner join dim_operation on operations.operation_key = dim_operation.operation_key
inner join dim_span_kind on dim_operation.kind = dim_span_kind.kind
left join quantiles on operations.operation_key = quantiles.operation_key
order by p99_nano desc nulls last, service_name, span_name, kind_name
limit 20;
