-- Who sends requests again, to whom, how often does that fail as well, and how much time does it take?
-- Tables: cube_retries
-- Parameters: $from_at, $to_at
select
    service_name,
    server_address,
    resend_count,
    cast(sum(request_count) as bigint) as request_count,
    cast(sum(error_count) as bigint) as error_count,
    cast(sum(duration_nano_sum) as bigint) as duration_nano
from cube_retries
where event_date >= $from_at and event_date < $to_at
group by service_name, server_address, resend_count
order by request_count desc, service_name, server_address, resend_count;
