-- What an expert makes of it: binary ids, attributes that are asked for as columns, hourly states of latencies,
-- a row per trace, exceptions by hour, and the calls between services joined once a day by a refreshed view.
CREATE TABLE otel_traces
(
    Timestamp DateTime64(9) CODEC(Delta, ZSTD(3)),
    TraceId FixedString(16) CODEC(NONE),
    SpanId FixedString(8) CODEC(NONE),
    ParentSpanId FixedString(8) CODEC(ZSTD(1)),
    TraceState LowCardinality(String) CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ScopeName LowCardinality(String) CODEC(ZSTD(1)),
    ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage LowCardinality(String) CODEC(ZSTD(1)),
    Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes Map(LowCardinality(String), String)) CODEC(ZSTD(3)),
    Links Nested (TraceId FixedString(16), SpanId FixedString(8), TraceState String, Attributes Map(LowCardinality(String), String)) CODEC(ZSTD(3)),
    HttpRoute LowCardinality(String) MATERIALIZED SpanAttributes['http.route'] CODEC(ZSTD(1)),
    HttpStatusCode UInt16 MATERIALIZED toUInt16OrZero(SpanAttributes['http.response.status_code']) CODEC(ZSTD(1)),
    ResendCount UInt8 MATERIALIZED toUInt8OrZero(SpanAttributes['http.request.resend_count']) CODEC(ZSTD(1)),
    ServerAddress LowCardinality(String) MATERIALIZED SpanAttributes['server.address'] CODEC(ZSTD(1)),
    UserId String MATERIALIZED SpanAttributes['user.id'] CODEC(ZSTD(1)),
    ServiceVersion LowCardinality(String) MATERIALIZED ResourceAttributes['service.version'] CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_user UserId TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_resend ResendCount TYPE minmax GRANULARITY 1,
    INDEX idx_status HttpStatusCode TYPE minmax GRANULARITY 1,
    INDEX idx_error StatusCode TYPE set(3) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (ServiceName, SpanName, Timestamp)
SETTINGS index_granularity = 8192;

CREATE TABLE traces
(
    TraceId FixedString(16) CODEC(NONE),
    Start SimpleAggregateFunction(min, DateTime64(9)),
    End SimpleAggregateFunction(max, DateTime64(9)),
    RootService SimpleAggregateFunction(max, String),
    RootName SimpleAggregateFunction(max, String),
    Services SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
    Spans SimpleAggregateFunction(sum, UInt64),
    Errors SimpleAggregateFunction(sum, UInt64)
)
ENGINE = AggregatingMergeTree
ORDER BY TraceId;

CREATE MATERIALIZED VIEW traces_mv TO traces AS
SELECT
    TraceId,
    min(Timestamp) AS Start,
    max(fromUnixTimestamp64Nano(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration))) AS End,
    maxIf(ServiceName, ParentSpanId = toFixedString('', 8)) AS RootService,
    maxIf(SpanName, ParentSpanId = toFixedString('', 8)) AS RootName,
    groupUniqArray(ServiceName) AS Services,
    count() AS Spans,
    countIf(StatusCode = 'Error') AS Errors
FROM otel_traces
GROUP BY TraceId;

CREATE TABLE requests_hourly
(
    ServiceName LowCardinality(String),
    Hour DateTime,
    Band Int16,
    Requests SimpleAggregateFunction(sum, UInt64),
    Failed SimpleAggregateFunction(sum, UInt64),
    Satisfied SimpleAggregateFunction(sum, UInt64),
    Tolerating SimpleAggregateFunction(sum, UInt64),
    Latency AggregateFunction(quantilesDD(0.005, 0.5, 0.99), UInt64)
)
ENGINE = AggregatingMergeTree
ORDER BY (ServiceName, Hour, Band);

CREATE MATERIALIZED VIEW requests_hourly_mv TO requests_hourly AS
SELECT
    ServiceName,
    toStartOfHour(Timestamp) AS Hour,
    toInt16(ceil(log2(greatest(Duration, 1)))) - 1 AS Band,
    count() AS Requests,
    countIf(StatusCode = 'Error') AS Failed,
    countIf(StatusCode != 'Error' AND Duration <= 500000000) AS Satisfied,
    countIf(StatusCode != 'Error' AND Duration > 500000000 AND Duration <= 2000000000) AS Tolerating,
    quantilesDDState(0.005, 0.5, 0.99)(Duration) AS Latency
FROM otel_traces
WHERE SpanKind IN ('Server', 'Consumer') OR ParentSpanId = toFixedString('', 8)
GROUP BY ServiceName, Hour, Band;

CREATE TABLE operations_daily
(
    ServiceName LowCardinality(String),
    SpanName LowCardinality(String),
    SpanKind LowCardinality(String),
    Day Date,
    Spans SimpleAggregateFunction(sum, UInt64),
    Failed SimpleAggregateFunction(sum, UInt64),
    Latency AggregateFunction(quantilesDD(0.005, 0.5, 0.99), UInt64)
)
ENGINE = AggregatingMergeTree
ORDER BY (ServiceName, SpanName, SpanKind, Day);

CREATE MATERIALIZED VIEW operations_daily_mv TO operations_daily AS
SELECT
    ServiceName,
    SpanName,
    SpanKind,
    toDate(Timestamp) AS Day,
    count() AS Spans,
    countIf(StatusCode = 'Error') AS Failed,
    quantilesDDState(0.005, 0.5, 0.99)(Duration) AS Latency
FROM otel_traces
GROUP BY ServiceName, SpanName, SpanKind, Day;

CREATE TABLE exceptions_hourly
(
    Hour DateTime,
    ServiceName LowCardinality(String),
    Type LowCardinality(String),
    Exceptions SimpleAggregateFunction(sum, UInt64),
    ExampleMessage SimpleAggregateFunction(min, String)
)
ENGINE = AggregatingMergeTree
ORDER BY (Hour, ServiceName, Type);

CREATE MATERIALIZED VIEW exceptions_hourly_mv TO exceptions_hourly AS
SELECT
    toStartOfHour(EventTime) AS Hour,
    ServiceName,
    EventAttributes['exception.type'] AS Type,
    count() AS Exceptions,
    min(EventAttributes['exception.message']) AS ExampleMessage
FROM otel_traces
ARRAY JOIN Events.Timestamp AS EventTime, Events.Name AS EventName, Events.Attributes AS EventAttributes
WHERE EventName = 'exception'
GROUP BY Hour, ServiceName, Type;

CREATE TABLE service_calls_daily
(
    Day Date,
    Caller LowCardinality(String),
    Callee LowCardinality(String),
    Calls UInt64,
    Failed UInt64
)
ENGINE = MergeTree
ORDER BY (Caller, Callee, Day);
