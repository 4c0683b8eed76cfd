SELECT lower(hex(TraceId)), min(Start) AS start, toUnixTimestamp64Nano(max(End)) - toUnixTimestamp64Nano(start) AS duration, max(RootService), max(RootName)
FROM traces
GROUP BY TraceId
HAVING start >= $from_at AND start < $to_at AND duration > $longer_than_nano AND hasAll(groupUniqArrayArray(Services), [$service_a, $service_b])
ORDER BY duration DESC, TraceId
LIMIT 100
