-- Which services call which, how often, and how often in vain?
-- Tables: service_map() over cube_service_calls
-- Parameters: $from_at, $to_at
-- Calls to databases, queues and hosts that send no telemetry are in service_map() too, flagged is_inferred.
select
    caller_service_name,
    callee_name,
    cast(sum(call_count) as bigint) as call_count,
    cast(sum(error_count) as bigint) as error_count
from service_map($from_at, $to_at)
where not is_inferred
group by caller_service_name, callee_name
order by caller_service_name, callee_name;
