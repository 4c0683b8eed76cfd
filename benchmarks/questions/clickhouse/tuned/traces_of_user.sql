SELECT
    lower(hex(TraceId)),
    min(Start) AS start,
    toUnixTimestamp64Nano(max(End)) - toUnixTimestamp64Nano(start),
    max(RootService),
    max(RootName),
    sum(Spans),
    sum(Errors)
FROM traces
WHERE TraceId IN (SELECT TraceId FROM otel_traces WHERE UserId = $user AND Timestamp >= $from_at AND Timestamp < $to_at)
GROUP BY TraceId
ORDER BY start DESC, TraceId
LIMIT 100
