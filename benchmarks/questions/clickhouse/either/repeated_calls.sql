WITH calls AS
(
    SELECT
        TraceId,
        ParentSpanId,
        any(ServiceName) AS service,
        SpanName,
        count() AS calls,
        sum(Duration) AS time,
        max(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration)) - toUnixTimestamp64Nano(min(Timestamp)) AS elapsed
    FROM otel_traces
    WHERE SpanKind = 'Client' AND Timestamp >= $from_at AND Timestamp < $to_at
    GROUP BY TraceId, ParentSpanId, SpanName
    HAVING calls > $more_than
)
SELECT parents.ServiceName, parents.SpanName, calls.SpanName, count(), max(calls.calls), sum(calls.calls) AS total, min(time <= elapsed)
FROM calls
INNER JOIN
(
    SELECT TraceId, SpanId, ServiceName, SpanName
    FROM otel_traces
    WHERE (TraceId, SpanId) IN (SELECT TraceId, ParentSpanId FROM calls)
) AS parents ON calls.TraceId = parents.TraceId AND calls.ParentSpanId = parents.SpanId
GROUP BY parents.ServiceName, parents.SpanName, calls.SpanName
ORDER BY total DESC
