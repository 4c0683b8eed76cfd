SELECT SpanId, ServiceName, SpanName, Duration
FROM otel_traces
WHERE TraceId = $trace_id AND toDate(Timestamp) = $trace_date
ORDER BY SpanId
