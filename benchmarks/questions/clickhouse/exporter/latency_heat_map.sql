SELECT toStartOfHour(Timestamp) AS hour_at, toInt32(ceil(log2(Duration))) - 1 AS band, count()
FROM otel_traces
WHERE ServiceName = $service AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '') AND Timestamp >= $from_at AND Timestamp < $to_at
GROUP BY hour_at, band
ORDER BY hour_at, band
