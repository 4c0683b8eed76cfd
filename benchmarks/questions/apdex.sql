-- How content are the callers of each service (apdex with T = 500 ms)?
-- Tables: daily_service_health
-- Parameters: $from_at, $to_at
select
    service_name,
    cast(sum(request_count) as bigint) as request_count,
    (sum(satisfied_count) + sum(tolerating_count) / 2) / sum(request_count) as apdex
from daily_service_health
where event_date >= $from_at and event_date < $to_at
group by service_name
order by apdex, service_name;
