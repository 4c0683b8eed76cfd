-- Did a service become slower or less reliable with a version, compared with as many days before?
-- Tables: dim_resource, cube_service_latency
-- Parameters: $service, $version, $days
-- The deploy is when the version was first seen; during a rolling one, old instances count as after.
-- One look at the service's cells: hours, and five minutes within the hours where a period begins or ends.
with deploy as (
    select time_bucket(interval 5 minutes, min(version_first_seen_at)) as deployed_at
    from dim_resource
    where service_name = $service and service_version = $version
),

bounds as (
    select
        deployed_at,
        deployed_at - $days * interval 1 day as from_at,
        deployed_at + $days * interval 1 day as to_at
    from deploy
),

buckets as (
    select
        cube.period_start_at < bounds.deployed_at as is_before,
        cube.bucket_index,
        cast(sum(cube.request_count) as bigint) as request_count,
        cast(sum(cube.error_count) as bigint) as error_count
    from cube_service_latency as cube
    inner join bounds on cube.period_start_at >= bounds.from_at and cube.period_start_at < bounds.to_at
    where
        cube.service_name = $service
        and cube.grain = case
            when date_trunc('hour', cube.period_start_at) in (
                date_trunc('hour', bounds.from_at), date_trunc('hour', bounds.deployed_at), date_trunc('hour', bounds.to_at)
            ) then '5min'
            else 'hour'
        end
    group by is_before, cube.bucket_index
),

ranked as (
    select
        *,
        sum(request_count) filter (where bucket_index > -32768) over (
            partition by is_before order by bucket_index
        ) as up_to,
        sum(request_count) filter (where bucket_index > -32768) over (partition by is_before) as counted
    from buckets
)

select
    case when is_before then 'before' else 'after' end as period,
    cast(sum(request_count) as bigint) as request_count,
    cast(sum(error_count) as bigint) as error_count,
    bucket_estimate(
        min(bucket_index) filter (where bucket_index > -32768 and up_to >= ceil(0.5 * counted))
    ) as p50_nano,
    bucket_estimate(
        min(bucket_index) filter (where bucket_index > -32768 and up_to >= ceil(0.99 * counted))
    ) as p99_nano
from ranked
group by is_before
order by is_before desc;
