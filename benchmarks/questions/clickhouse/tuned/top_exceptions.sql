SELECT Type, sum(Exceptions) AS exceptions, arraySort(groupUniqArray(ServiceName)), min(ExampleMessage)
FROM exceptions_hourly
WHERE Hour >= $from_at AND Hour < $to_at
GROUP BY Type
ORDER BY exceptions DESC, Type
LIMIT 20
