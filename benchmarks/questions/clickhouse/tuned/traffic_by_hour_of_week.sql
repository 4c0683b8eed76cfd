SELECT toDayOfWeek(Hour) AS day, toHour(Hour) AS hour, sum(Requests)
FROM requests_hourly
WHERE ServiceName = $service AND Hour >= $from_at AND Hour < $to_at
GROUP BY day, hour
ORDER BY day, hour
