SELECT ServiceName, sum(Requests) AS requests, (sum(Satisfied) + sum(Tolerating) / 2) / requests AS apdex
FROM requests_hourly
WHERE Hour >= $from_at AND Hour < $to_at
GROUP BY ServiceName
ORDER BY apdex, ServiceName
