"""Single traces, and the exceptions in them."""

from __future__ import annotations

from dashboards.superset.datasets.metrics import COUNT, MILLIS, RATIO
from dashboards.superset.model import Dataset, Metric

exceptions = Dataset(
    name="exceptions",
    description="Exceptions by hour, service, operation and fingerprint (type and normalised stack top).",
    sql="""\
select
    cube.period_start_at,
    cube.service_name,
    operations.span_name,
    cube.service_name || ' · ' || operations.span_name as operation,
    cube.fingerprint,
    cube.exception_type,
    cube.stack_top,
    left(cube.example_message, 90) as example_message,
    cube.example_trace_id,
    cube.exception_count
from main.cube_errors as cube
inner join main.dim_operation as operations using (operation_key)""",
    models=("cube_errors", "dim_operation"),
    time_column="period_start_at",
    metrics=(
        Metric("exceptions", "Exceptions", "sum(exception_count)", COUNT, "Recorded exceptions"),
        Metric("services", "Services", "count(distinct service_name)", COUNT, "Services that raised it"),
        Metric("last_seen", "Last seen", "max(period_start_at)", "", "Hour of the newest one, UTC"),
        Metric("example", "Example trace", "max(example_trace_id)", "", "A trace that has it"),
    ),
    columns={"operation": ("Operation", "Service and span name")},
)


traces = Dataset(
    name="traces",
    description="Whole traces with their root, duration, errors and completeness.",
    sql="""\
select
    started_at,
    trace_id,
    coalesce(root_service_name, '(no root)') as service_name,
    coalesce(root_operation_name, '(no root)') as root_operation_name,
    duration_nano / 1e6 as duration_ms,
    span_count,
    service_count,
    error_count,
    max_depth,
    has_error,
    is_complete
from main.fct_traces""",
    models=("fct_traces",),
    time_column="started_at",
    metrics=(
        Metric("traces", "Traces", "count(*)", COUNT, "Traces"),
        Metric("failed", "With errors", "count(*) filter (where has_error)", COUNT, "Traces with an error"),
        Metric("error_rate", "Error rate", "avg(has_error::int)", RATIO, "Share of traces with an error"),
        Metric("complete", "Complete", "avg(is_complete::int)", ".1%", "One root, no orphan, no cycle"),
        Metric("slowest", "Duration (ms)", "max(duration_ms)", MILLIS, "Duration of the slowest trace"),
        Metric("p95", "p95 (ms)", "quantile_disc(duration_ms, 0.95)", MILLIS, "Exact 95th percentile"),
        Metric("spans", "Spans", "sum(span_count)", COUNT, "Spans of the traces"),
        Metric("most_services", "Services", "max(service_count)", COUNT, "Most services in one trace"),
        Metric("errors", "Errors", "sum(error_count)", COUNT, "Spans with status ERROR"),
    ),
    columns={
        "service_name": ("Root service", "Service of the trace's root span"),
        "root_operation_name": ("Root operation", "Name of the trace's root span"),
        "duration_ms": ("Duration (ms)", "Latest end minus earliest start, milliseconds"),
    },
)


trace_spans = Dataset(
    name="trace_spans",
    description="Spans of the trace that is chosen on the page; of the slowest trace when none is.",
    sql="""\
{% set chosen = filter_values('trace_id') %}
select
    trace_id,
    span_id,
    service_name,
    printf('%03d %s%s %s', row_number() over (order by started_at, depth, span_id), repeat('· ', depth), \
service_name, name) as span,
    (start_time_unix_nano - min(start_time_unix_nano) over ()) / 1e6 as start_ms,
    critical_path_nano / 1e6 as critical_ms,
    (greatest(duration_nano, 0) - critical_path_nano) / 1e6 as waiting_ms,
    self_time_nano / 1e6 as self_ms,
    status_code,
    status_message,
    issues
from main.fct_spans
{% if chosen %}
where trace_id in {{ chosen | where_in }}
{% else %}
where trace_id = (select trace_id from main.fct_traces order by duration_nano desc, trace_id limit 1)
{% endif %}""",
    models=("fct_spans",),
    metrics=(
        Metric("start", "Before it starts (ms)", "min(start_ms)", MILLIS, "Since the trace began"),
        Metric("critical", "On the critical path (ms)", "sum(critical_ms)", MILLIS, "The trace waits for it"),
        Metric(
            "waiting", "Off the critical path (ms)", "sum(waiting_ms)", MILLIS, "The rest of its duration"
        ),
    ),
    columns={
        "span": ("Span", "Number by start, depth as dots, service and name"),
        "start_ms": ("Start (ms)", "Milliseconds since the trace's first span"),
        "critical_ms": ("Critical path (ms)", "Milliseconds that the trace waits for the span"),
        "waiting_ms": ("Off the critical path (ms)", "Duration less critical path, milliseconds"),
        "self_ms": ("Self time (ms)", "Duration without the children's, milliseconds"),
    },
)
