SELECT toDayOfWeek(Timestamp) AS day, toHour(Timestamp) AS hour, count()
FROM otel_traces
WHERE ServiceName = $service AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '') AND Timestamp >= $from_at AND Timestamp < $to_at
GROUP BY day, hour
ORDER BY day, hour
