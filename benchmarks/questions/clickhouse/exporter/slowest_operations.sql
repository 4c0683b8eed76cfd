WITH quantilesDD(0.005, 0.5, 0.99)(Duration) AS q
SELECT ServiceName, SpanName, upper(SpanKind), count(), countIf(StatusCode = 'Error'), q[1], q[2] AS p99
FROM otel_traces
WHERE Timestamp >= $from_at AND Timestamp < $to_at
GROUP BY ServiceName, SpanName, SpanKind
ORDER BY p99 DESC
LIMIT 20
