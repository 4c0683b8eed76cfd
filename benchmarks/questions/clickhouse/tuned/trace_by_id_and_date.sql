SELECT lower(hex(SpanId)) AS span_id, ServiceName, SpanName, Duration
FROM otel_traces
WHERE TraceId = toFixedString(unhex($trace_id), 16) AND toDate(Timestamp) = $trace_date
ORDER BY span_id
