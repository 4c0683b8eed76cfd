WITH children AS
(
    SELECT TraceId, ParentSpanId AS SpanId, count() AS children
    FROM otel_traces
    WHERE notEmpty(ParentSpanId)
    GROUP BY TraceId, ParentSpanId
)
SELECT ServiceName, SpanName, indexOf(['Internal', 'Server', 'Client', 'Producer', 'Consumer'], SpanKind) AS kind, count(), max(children) AS most, avg(children) AS mean
FROM otel_traces
LEFT JOIN children ON otel_traces.TraceId = children.TraceId AND otel_traces.SpanId = children.SpanId
WHERE Timestamp >= $from_at AND Timestamp < $to_at
GROUP BY ServiceName, SpanName, SpanKind
ORDER BY most DESC, mean DESC, ServiceName, SpanName, kind
LIMIT 20
