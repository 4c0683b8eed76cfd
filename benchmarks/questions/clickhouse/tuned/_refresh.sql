-- What the refreshed view of calls does for one day.
INSERT INTO service_calls_daily
SELECT toDate(callee.Timestamp) AS Day, caller.ServiceName, callee.ServiceName, count(), countIf(callee.StatusCode = 'Error')
FROM otel_traces AS callee
INNER JOIN otel_traces AS caller ON callee.TraceId = caller.TraceId AND callee.ParentSpanId = caller.SpanId
WHERE toDate(callee.Timestamp) = $day
    AND toDate(caller.Timestamp) BETWEEN toDate($day) - 1 AND toDate($day) + 1
    AND callee.ServiceName != caller.ServiceName
GROUP BY ALL;
