SELECT caller.ServiceName AS caller_name, callee.ServiceName AS callee_name, count(), countIf(callee.StatusCode = 'Error')
FROM otel_traces AS callee
INNER JOIN otel_traces AS caller ON callee.TraceId = caller.TraceId AND callee.ParentSpanId = caller.SpanId
WHERE callee.Timestamp >= $from_at AND callee.Timestamp < $to_at AND callee.ServiceName != caller.ServiceName
GROUP BY caller_name, callee_name
ORDER BY caller_name, callee_name
