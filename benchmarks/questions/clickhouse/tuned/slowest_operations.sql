WITH quantilesDDMerge(0.005, 0.5, 0.99)(Latency) AS q
SELECT ServiceName, SpanName, upper(SpanKind), sum(Spans), sum(Failed), q[1], q[2] AS p99
FROM operations_daily
WHERE Day >= $from_at AND Day < $to_at
GROUP BY ServiceName, SpanName, SpanKind
ORDER BY p99 DESC
LIMIT 20
