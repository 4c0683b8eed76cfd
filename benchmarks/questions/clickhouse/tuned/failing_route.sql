SELECT Timestamp, lower(hex(TraceId)), lower(hex(SpanId)) AS span_id, ServiceName, HttpStatusCode, Duration
FROM otel_traces
WHERE HttpRoute = $route AND HttpStatusCode >= 500 AND Timestamp >= $from_at AND Timestamp < $to_at
ORDER BY Timestamp DESC, span_id
LIMIT 100
