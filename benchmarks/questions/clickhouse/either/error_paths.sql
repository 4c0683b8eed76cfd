WITH RECURSIVE spans AS
(
    SELECT TraceId, SpanId, ParentSpanId, concat(ServiceName, ' ', SpanName) AS step, StatusCode = 'Error' AS is_error
    FROM otel_traces
    WHERE Timestamp >= $from_at AND Timestamp < $to_at AND TraceId IN (SELECT TraceId FROM otel_traces WHERE StatusCode = 'Error' AND Timestamp >= $from_at AND Timestamp < $to_at)
),
paths AS
(
    SELECT TraceId, ParentSpanId, step AS path
    FROM spans
    WHERE is_error AND (TraceId, SpanId) NOT IN (SELECT TraceId, ParentSpanId FROM spans WHERE is_error)
    UNION ALL
    SELECT paths.TraceId, spans.ParentSpanId, concat(spans.step, ' > ', paths.path)
    FROM paths
    INNER JOIN spans ON paths.TraceId = spans.TraceId AND paths.ParentSpanId = spans.SpanId
)
SELECT path, count() AS errors, uniqExact(TraceId)
FROM paths
WHERE empty(ParentSpanId)
GROUP BY path
ORDER BY errors DESC, path
LIMIT 20
