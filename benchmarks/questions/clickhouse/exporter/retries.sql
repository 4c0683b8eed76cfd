SELECT
    ServiceName,
    SpanAttributes['server.address'] AS address,
    toUInt32OrZero(SpanAttributes['http.request.resend_count']) AS resend_count,
    count() AS requests,
    countIf(StatusCode = 'Error'),
    sum(Duration)
FROM otel_traces
WHERE Timestamp >= $from_at AND Timestamp < $to_at AND resend_count > 0
GROUP BY ServiceName, address, resend_count
ORDER BY requests DESC, ServiceName, address, resend_count
