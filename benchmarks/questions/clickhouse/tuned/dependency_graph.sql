SELECT Caller, Callee, sum(Calls), sum(Failed)
FROM service_calls_daily
WHERE Day >= $from_at AND Day < $to_at
GROUP BY Caller, Callee
ORDER BY Caller, Callee
