SELECT
    ServiceName,
    count() AS requests,
    (countIf(StatusCode != 'Error' AND Duration <= 500000000)
        + countIf(StatusCode != 'Error' AND Duration > 500000000 AND Duration <= 2000000000) / 2) / requests AS apdex
FROM otel_traces
WHERE (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '') AND Timestamp >= $from_at AND Timestamp < $to_at
GROUP BY ServiceName
ORDER BY apdex, ServiceName
