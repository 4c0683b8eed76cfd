-- Did a service become slower or less reliable with a version, compared with as many days before?
-- Tables: dim_resource, service_latency() over cube_service_latency_prefix, cube_service_latency, daily_service_health
-- Parameters: $service, $version, $days
-- The deploy is when the version was first seen; during a rolling one, old instances count as after.
with deploy as (
    select min(version_first_seen_at) as deployed_at
    from dim_resource
    where service_name = $service and service_version = $version
),

bounds as (
    select
        time_bucket(interval 5 minutes, deployed_at) as deployed_at,
        time_bucket(interval 5 minutes, deployed_at) - $days * interval 1 day as from_at,
        time_bucket(interval 5 minutes, deployed_at) + $days * interval 1 day as to_at
    from deploy
)

select
    'before' as period,
    request_count,
    error_count,
    p50_nano,
    p99_nano
from service_latency($service, (select from_at from bounds), (select deployed_at from bounds))

union all

select
    'after' as period,
    request_count,
    error_count,
    p50_nano,
    p99_nano
from service_latency($service, (select deployed_at from bounds), (select to_at from bounds));
