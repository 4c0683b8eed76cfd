-- How fast does a service burn the error budget of its objective, day by day?
-- Tables: daily_service_health
-- Parameters: $service, $objective, $from_at, $to_at
-- A burn rate of 1 spends exactly the budget of the range; spent_ratio is what is gone after the day.
select
    event_date,
    request_count,
    error_count,
    error_ratio / (1 - cast($objective as double)) as burn_rate,
    sum(error_count) over (order by event_date)
    / ((1 - cast($objective as double)) * sum(request_count) over ()) as spent_ratio
from daily_service_health
where service_name = $service and event_date >= $from_at and event_date < $to_at
order by event_date;
