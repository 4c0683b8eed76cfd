WITH (SELECT min(Timestamp) FROM otel_traces WHERE ServiceName = $service AND ResourceAttributes['service.version'] = $version) AS first_seen,
    toStartOfFiveMinutes(first_seen) AS deployed_at,
    quantilesDD(0.005, 0.5, 0.99)(Duration) AS q
SELECT if(Timestamp < deployed_at, 'before', 'after') AS period, count(), countIf(StatusCode = 'Error'), q[1], q[2]
FROM otel_traces
WHERE ServiceName = $service AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '') AND Timestamp >= deployed_at - toIntervalDay($days) AND Timestamp < deployed_at + toIntervalDay($days)
GROUP BY period
ORDER BY period DESC
