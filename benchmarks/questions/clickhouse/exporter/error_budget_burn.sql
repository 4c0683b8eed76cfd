SELECT
    toDate(Timestamp) AS day,
    count() AS requests,
    countIf(StatusCode = 'Error') AS errors,
    errors / requests / (1 - $objective),
    sum(errors) OVER (ORDER BY day) / ((1 - $objective) * sum(requests) OVER ())
FROM otel_traces
WHERE ServiceName = $service AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '') AND Timestamp >= $from_at AND Timestamp < $to_at
GROUP BY day
ORDER BY day
