WITH (SELECT min(Timestamp) FROM otel_traces WHERE ServiceName = $service AND ServiceVersion = $version) AS first_seen,
    toStartOfHour(first_seen) AS deployed_at,
    quantilesDDMerge(0.005, 0.5, 0.99)(Latency) AS q
SELECT if(Hour < deployed_at, 'before', 'after') AS period, sum(Requests), sum(Failed), q[1], q[2]
FROM requests_hourly
WHERE ServiceName = $service AND Hour >= deployed_at - toIntervalDay($days) AND Hour < deployed_at + toIntervalDay($days)
GROUP BY period
ORDER BY period DESC
