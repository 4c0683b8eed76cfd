SELECT
    toDate(Hour) AS day,
    sum(Requests) AS requests,
    sum(Failed) AS errors,
    errors / requests / (1 - $objective),
    sum(errors) OVER (ORDER BY day) / ((1 - $objective) * sum(requests) OVER ())
FROM requests_hourly
WHERE ServiceName = $service AND Hour >= $from_at AND Hour < $to_at
GROUP BY day
ORDER BY day
