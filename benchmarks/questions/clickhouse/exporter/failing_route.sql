SELECT Timestamp, TraceId, SpanId, ServiceName, toUInt16OrZero(SpanAttributes['http.response.status_code']) AS status, Duration
FROM otel_traces
WHERE SpanAttributes['http.route'] = $route AND status >= 500 AND Timestamp >= $from_at AND Timestamp < $to_at
ORDER BY Timestamp DESC, SpanId
LIMIT 100
