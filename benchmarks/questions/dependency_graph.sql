-- Which services call which, how often, and how often in vain?
-- Tables: daily_service_calls
-- Parameters: $from_at, $to_at
-- Whole days; service_map() answers any range of hours, with quantiles. Calls to databases, queues and hosts that send
-- no telemetry are in the table too, flagged is_inferred.
select
    caller_service_name,
    callee_name,
    cast(sum(call_count) as bigint) as call_count,
    cast(sum(error_count) as bigint) as error_count
from daily_service_calls
where not is_inferred and event_date >= $from_at and event_date < $to_at
group by caller_service_name, callee_name
order by caller_service_name, callee_name;
