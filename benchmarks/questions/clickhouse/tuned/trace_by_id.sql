WITH
    toFixedString(unhex($trace_id), 16) AS id,
    (SELECT min(Start) FROM traces WHERE TraceId = id) AS start,
    (SELECT max(End) FROM traces WHERE TraceId = id) AS end
SELECT lower(hex(SpanId)) AS span_id, ServiceName, SpanName, Duration
FROM otel_traces
WHERE TraceId = id AND Timestamp >= start AND Timestamp <= end
ORDER BY span_id
