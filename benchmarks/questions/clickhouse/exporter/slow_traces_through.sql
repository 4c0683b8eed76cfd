WITH through AS
(
    SELECT TraceId
    FROM otel_traces
    WHERE ServiceName IN ($service_a, $service_b) AND Timestamp >= $from_at AND Timestamp < $to_at
    GROUP BY TraceId
    HAVING uniqExact(ServiceName) = 2
)
SELECT
    TraceId,
    min(Timestamp),
    max(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration)) - toUnixTimestamp64Nano(min(Timestamp)) AS duration,
    anyIf(ServiceName, ParentSpanId = ''),
    anyIf(SpanName, ParentSpanId = '')
FROM otel_traces
WHERE TraceId IN (SELECT TraceId FROM through) AND Timestamp >= $from_at AND Timestamp < $to_at
GROUP BY TraceId
HAVING duration > $longer_than_nano
ORDER BY duration DESC, TraceId
LIMIT 100
