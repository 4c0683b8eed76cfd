-- Which exceptions happen most, where do they come from, and what is an example?
-- Tables: cube_errors
-- Parameters: $from_at, $to_at
select
    exception_type,
    cast(sum(exception_count) as bigint) as exception_count,
    list_sort(list(distinct service_name)) as service_names,
    min(example_message) as example_message,
    min(example_trace_id) as example_trace_id
from cube_errors
where period_start_at >= $from_at and period_start_at < $to_at
group by fingerprint, exception_type
order by exception_count desc, exception_type, example_message
limit 20;
