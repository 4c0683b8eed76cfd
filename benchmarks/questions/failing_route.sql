-- Which requests of a route failed with a server error, the latest first?
-- Tables: fct_failed_spans
-- Parameters: $route, $from_at, $to_at
select
    started_at,
    trace_id,
    span_id,
    service_name,
    http_response_status_code,
    duration_nano
from fct_failed_spans
where
    event_date >= $from_at
    and event_date < $to_at
    and http_route = $route
    and http_response_status_code >= 500
order by start_time_unix_nano desc, span_id
limit 100;
