-- When in the week do requests come?
-- Tables: cube_service_latency
-- Parameters: $service, $from_at, $to_at
with hours as (
    select
        period_start_at,
        sum(request_count) as request_count
    from cube_service_latency
    where
        service_name = $service
        and grain = 'hour'
        and period_start_at >= $from_at
        and period_start_at < $to_at
    group by period_start_at
)

select
    isodow(period_start_at) as iso_day_of_week,
    hour(period_start_at) as hour_of_day,
    cast(sum(request_count) as bigint) as request_count
from hours
group by iso_day_of_week, hour_of_day
order by iso_day_of_week, hour_of_day;
