WITH
    (SELECT min(Start) FROM otel_traces_trace_id_ts WHERE TraceId = $trace_id) AS start,
    (SELECT max(End) + 1 FROM otel_traces_trace_id_ts WHERE TraceId = $trace_id) AS end
SELECT SpanId, ServiceName, SpanName, Duration
FROM otel_traces
WHERE TraceId = $trace_id AND Timestamp >= start AND Timestamp <= end
ORDER BY SpanId
