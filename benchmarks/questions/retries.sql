-- Who sends requests again, to whom, how often does that fail as well, and how much time does it take?
-- Tables: fct_spans
-- Parameters: $from_at, $to_at
select
    service_name,
    server_address,
    http_request_resend_count as resend_count,
    count(*) as request_count,
    count(*) filter (where status_code = 2) as error_count,
    cast(sum(duration_nano) as bigint) as duration_nano
from fct_spans
where event_date >= $from_at and event_date < $to_at and http_request_resend_count > 0
group by service_name, server_address, resend_count
order by request_count desc, service_name, server_address, resend_count;
