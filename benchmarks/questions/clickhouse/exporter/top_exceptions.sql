SELECT EventAttributes['exception.type'] AS type, count() AS exceptions, arraySort(groupUniqArray(ServiceName)), min(EventAttributes['exception.message'])
FROM otel_traces
ARRAY JOIN Events.Name AS EventName, Events.Attributes AS EventAttributes
WHERE EventName = 'exception' AND Timestamp >= $from_at AND Timestamp < $to_at
GROUP BY type
ORDER BY exceptions DESC, type
LIMIT 20
