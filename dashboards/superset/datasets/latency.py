"""How much, how fast, how often wrong: from the cubes."""

from __future__ import annotations

from dashboards.superset.datasets.metrics import COUNT, MILLIS, error_rate, quantiles
from dashboards.superset.model import Dataset, Metric

_APDEX = "(sum(satisfied_count) + sum(tolerating_count) / 2) / sum(request_count)"
_ERRORS = "sum(error_count) / sum(request_count)"
_P99_OF_FIVE_SECONDS = "least(coalesce(latency_quantile(bucket_index, request_count, 0.99), 0) / 5e9, 1)"

requests = Dataset(
    name="service_requests",
    description="Requests by hour and service with latency buckets: kind SERVER or CONSUMER, or root.",
    sql="""\
select
    period_start_at,
    service_name,
    bucket_index,
    round(pow(2, bucket_index // 64 + 1) / 1e6, 2) as latency_up_to_ms,
    request_count,
    error_count,
    satisfied_count,
    tolerating_count
from main.cube_service_latency
where grain = 'hour'""",
    models=("cube_service_latency",),
    time_column="period_start_at",
    metrics=(
        Metric("requests", "Requests", "sum(request_count)", COUNT, "Request spans"),
        Metric("errors", "Errors", "sum(error_count)", COUNT, "Requests with status ERROR"),
        error_rate("error_count", "request_count"),
        *quantiles("request_count"),
        Metric("apdex", "Apdex", _APDEX, ".3f", "T = 500 ms, tolerating to 2 s, errors frustrated; 0 to 1"),
        Metric(
            "health",
            "Health",
            f"0.4 * (1 - {_ERRORS}) + 0.3 * (1 - {_P99_OF_FIVE_SECONDS}) + 0.3 * {_APDEX}",
            ".3f",
            "0.4 (1 - error rate) + 0.3 (1 - min(p99 / 5 s, 1)) + 0.3 apdex; 0 (worst) to 1",
        ),
    ),
    columns={
        "latency_up_to_ms": (
            "Latency up to (ms)",
            "Upper bound of the power of two in which the duration lies, milliseconds",
        )
    },
)


operations = Dataset(
    name="operation_latency",
    description="Spans by hour and operation with latency buckets.",
    sql="""\
select
    cube.period_start_at,
    cube.service_name,
    operations.span_name,
    cube.service_name || ' · ' || operations.span_name as operation,
    kinds.kind_name,
    cube.http_status_class,
    cube.bucket_index,
    cube.span_count,
    if(cube.status_code = 2, cube.span_count, 0) as error_count
from main.cube_span_latency as cube
inner join main.dim_operation as operations using (operation_key)
inner join main.dim_span_kind as kinds on cube.kind = kinds.kind
where cube.grain = 'hour'""",
    models=("cube_span_latency", "dim_operation", "dim_span_kind"),
    time_column="period_start_at",
    metrics=(
        Metric("spans", "Spans", "sum(span_count)", COUNT, "Spans of the operation"),
        Metric("errors", "Errors", "sum(error_count)", COUNT, "Spans with status ERROR"),
        error_rate("error_count", "span_count"),
        *quantiles("span_count"),
    ),
    columns={
        "operation": ("Operation", "Service and span name"),
        "error_count": ("Errors", "Spans with status ERROR"),
    },
)


critical_path = Dataset(
    name="critical_path",
    description="What traces wait for: time on the critical path by day, root operation and operation.",
    sql="""\
select
    cast(cube.event_date as timestamp) as event_day,
    cube.root_service_name,
    cube.root_operation_name,
    operations.service_name,
    operations.span_name,
    cube.span_count,
    cube.critical_path_nano
from main.cube_critical_path as cube
inner join main.dim_operation as operations using (operation_key)""",
    models=("cube_critical_path", "dim_operation"),
    time_column="event_day",
    metrics=(
        Metric(
            "critical_seconds",
            "Critical path (s)",
            "sum(critical_path_nano) / 1e9",
            ",.1f",
            "Seconds that traces waited for the operation",
        ),
        Metric(
            "critical_per_span",
            "Critical path a span (ms)",
            "sum(critical_path_nano) / sum(span_count) / 1e6",
            MILLIS,
            "Milliseconds that a trace waits for one span of the operation",
        ),
    ),
    columns={"event_day": ("Day", "UTC day of the spans")},
)


calls = Dataset(
    name="service_calls",
    description="Calls between services, and to databases, queues and hosts that send no spans, by hour.",
    sql="""\
select
    period_start_at,
    caller_service_name,
    callee_name,
    callee_type,
    connection_kind,
    is_inferred,
    bucket_index,
    call_count,
    error_count
from main.cube_service_calls
where grain = 'hour'""",
    models=("cube_service_calls",),
    time_column="period_start_at",
    metrics=(
        Metric("calls", "Calls", "sum(call_count)", COUNT, "Calls from one service to another"),
        Metric("errors", "Errors", "sum(error_count)", COUNT, "Calls whose callee has status ERROR"),
        error_rate("error_count", "call_count"),
        *quantiles("call_count"),
    ),
)
