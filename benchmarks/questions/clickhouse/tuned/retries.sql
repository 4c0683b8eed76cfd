SELECT ServiceName, ServerAddress, ResendCount, count() AS requests, countIf(StatusCode = 'Error'), sum(Duration)
FROM otel_traces
WHERE Timestamp >= $from_at AND Timestamp < $to_at AND ResendCount > 0
GROUP BY ServiceName, ServerAddress, ResendCount
ORDER BY requests DESC, ServiceName, ServerAddress, ResendCount
