SELECT Hour, Band, sum(Requests)
FROM requests_hourly
WHERE ServiceName = $service AND Hour >= $from_at AND Hour < $to_at
GROUP BY Hour, Band
ORDER BY Hour, Band
