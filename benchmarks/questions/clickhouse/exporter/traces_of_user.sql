SELECT
    TraceId,
    min(Timestamp) AS start,
    max(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration)) - toUnixTimestamp64Nano(min(Timestamp)),
    anyIf(ServiceName, ParentSpanId = ''),
    anyIf(SpanName, ParentSpanId = ''),
    count(),
    countIf(StatusCode = 'Error')
FROM otel_traces
WHERE Timestamp >= $from_at AND Timestamp < $to_at AND TraceId IN (SELECT TraceId FROM otel_traces WHERE SpanAttributes['user.id'] = $user AND Timestamp >= $from_at AND Timestamp < $to_at)
GROUP BY TraceId
ORDER BY start DESC, TraceId
LIMIT 100
