-- Which services call which, how often, and how often in vain?
-- Tables: cube_service_calls
-- Parameters: $from_at, $to_at
-- Whole days; service_map() answers any range of hours, with quantiles. Calls to databases, queues and hosts that send
-- no telemetry are in the cube too, flagged is_inferred.
select
    caller_service_name,
    callee_name,
    cast(sum(call_count) as bigint) as call_count,
    cast(sum(error_count) as bigint) as error_count
from cube_service_calls
where grain = 'day' and not is_inferred and period_start_at >= $from_at and period_start_at < $to_at
group by caller_service_name, callee_name
order by caller_service_name, callee_name;
