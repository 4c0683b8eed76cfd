"""The dashboards, page by page, as an analyst reads them."""

from __future__ import annotations

from dashboards.superset import datasets as data
from dashboards.superset.charts import (
    HOUR,
    bars,
    big_number,
    graph,
    heatmap,
    over_time,
    records,
    table,
    treemap,
)
from dashboards.superset.model import Dashboard

_BAD, _FAIR = "#E04355", "#FCC700"
_LATENCY = ("p50", "p95", "p99")


def _marks(column: str, operator: str, bound: float, color: str) -> dict[str, object]:
    return {"column": column, "operator": operator, "targetValue": bound, "colorScheme": color}


SERVICES = Dashboard(
    title="Service overview",
    slug="otlp-services",
    description="Traffic, errors, latency and health of every service.",
    filters=(("Service", data.requests, "service_name"),),
    rows=(
        (
            big_number("Requests", data.requests, "requests", width=3),
            big_number("Request error rate", data.requests, "error_rate", width=3),
            big_number("Request p95 (ms)", data.requests, "p95", width=3),
            big_number("Apdex", data.requests, "apdex", width=3),
        ),
        (
            over_time(
                "Requests by service",
                data.requests,
                ("requests",),
                by="service_name",
                style="bar",
                grain=HOUR,
            ),
            over_time("Latency of requests (ms)", data.requests, _LATENCY),
        ),
        (
            over_time("Error rate by service", data.requests, ("error_rate",), by="service_name"),
            heatmap(
                "Latency heat map (ms)", data.requests, "requests", "period_start_at", "latency_up_to_ms"
            ),
        ),
        (
            table(
                "Services",
                data.requests,
                ("service_name",),
                ("requests", "error_rate", *_LATENCY, "apdex", "health"),
                order="requests",
                colors=(
                    _marks("error_rate", ">", 0.01, _BAD),
                    _marks("health", "<", 0.9, _BAD),
                    _marks("apdex", "<", 0.94, _FAIR),
                ),
            ),
        ),
    ),
)

OPERATIONS = Dashboard(
    title="Operations",
    slug="otlp-operations",
    description="Which operations are slow, which fail, and what traces wait for.",
    filters=(("Service", data.operations, "service_name"), ("Kind", data.operations, "kind_name")),
    rows=(
        (
            bars("Slowest operations (p99, ms)", data.operations, ("p99",), "operation", left=220),
            over_time("p95 of the busiest operations (ms)", data.operations, ("p95",), by="operation"),
        ),
        (
            treemap(
                "What traces wait for (seconds of critical path)",
                data.critical_path,
                "critical_seconds",
                ("service_name", "span_name"),
            ),
            over_time(
                "Spans by HTTP status class",
                data.operations,
                ("spans",),
                by="http_status_class",
                style="bar",
                height=60,
            ),
        ),
        (
            table(
                "Operations",
                data.operations,
                ("service_name", "span_name", "kind_name"),
                ("spans", "error_rate", *_LATENCY),
                order="p99",
                limit=500,
                short={"span_name": 400},
                colors=(_marks("error_rate", ">", 0.01, _BAD),),
            ),
        ),
    ),
)

SERVICE_MAP = Dashboard(
    title="Service map",
    slug="otlp-service-map",
    description="Who calls whom, how often, how slowly, and with how many errors.",
    filters=(
        ("Caller", data.calls, "caller_service_name"),
        ("Connection", data.calls, "connection_kind"),
    ),
    rows=(
        (graph("Service map", data.calls, "calls", "caller_service_name", "callee_name"),),
        (
            over_time(
                "Calls by connection", data.calls, ("calls",), by="connection_kind", style="bar", grain=HOUR
            ),
            bars("Callees with most errors", data.calls, ("errors",), "callee_name", where="error_count > 0"),
        ),
        (
            table(
                "Calls",
                data.calls,
                ("caller_service_name", "callee_name", "callee_type", "connection_kind"),
                ("calls", "error_rate", *_LATENCY),
                order="calls",
                limit=500,
                colors=(_marks("error_rate", ">", 0.01, _BAD),),
            ),
        ),
    ),
)

ERRORS = Dashboard(
    title="Errors and exceptions",
    slug="otlp-errors",
    description="What fails, where it began, and a trace to look at.",
    filters=(("Service", data.exceptions, "service_name"), ("Type", data.exceptions, "exception_type")),
    rows=(
        (
            over_time(
                "Exceptions by type",
                data.exceptions,
                ("exceptions",),
                by="exception_type",
                style="bar",
            ),
            bars("Exceptions by operation", data.exceptions, ("exceptions",), "operation", left=220),
        ),
        (
            over_time("Errors by service", data.requests, ("errors",), by="service_name", style="bar"),
            bars("Failed spans by operation", data.operations, ("errors",), "operation", left=220),
        ),
        (
            table(
                "Exceptions by fingerprint",
                data.exceptions,
                ("exception_type", "service_name", "example_message"),
                ("exceptions", "last_seen", "example"),
                order="exceptions",
                limit=200,
                short={"example_message": 280},
            ),
        ),
    ),
)

TRACES = Dashboard(
    title="Traces explorer",
    slug="otlp-traces",
    description="Slow and failed traces; click a trace id and the waterfall shows that trace.",
    filters=(
        ("Root service", data.traces, "service_name"),
        ("Root operation", data.traces, "root_operation_name"),
        ("Has error", data.traces, "has_error"),
        ("Trace id", data.traces, "trace_id"),
    ),
    label_colors={
        "start": "rgba(0,0,0,0)",
        "critical": "#D9542B",
        "waiting": "#9FB8CC",
    },
    rows=(
        (
            big_number("Traces", data.traces, "traces", width=3),
            big_number("Trace error rate", data.traces, "error_rate", width=3),
            big_number("Trace p95 (ms)", data.traces, "p95", width=3),
            big_number("Complete traces", data.traces, "complete", width=3),
        ),
        (
            table(
                "Slowest traces",
                data.traces,
                ("trace_id", "started_at", "service_name", "root_operation_name"),
                ("slowest", "spans", "most_services", "errors"),
                order="slowest",
                limit=200,
                colors=(_marks("errors", ">", 0, _BAD),),
            ),
        ),
        (
            bars(
                "Waterfall of the chosen trace, of the slowest when none is chosen (ms)",
                data.trace_spans,
                ("start", "critical", "waiting"),
                "span",
                limit=80,
                order=("start", True),
                width=12,
                height=120,
                left=320,
            ),
        ),
    ),
)

QUALITY = Dashboard(
    title="Data quality",
    slug="otlp-quality",
    description="Whether telemetry can be trusted: violations with their fixes, checks, files and rejects.",
    filters=(("Service", data.violations, "service_name"), ("Constraint", data.violations, "constraint_id")),
    rows=(
        (
            big_number("Records read", data.files, "records", width=3),
            big_number("Records rejected", data.files, "rejected", width=3),
            big_number("Checks", data.checks, "checks", width=3),
            big_number("Checks failed", data.checks, "failed", width=3),
        ),
        (
            over_time(
                "Violations by constraint",
                data.violations,
                ("violations",),
                by="constraint_id",
                style="bar",
            ),
            bars("Violations by service", data.violations, ("violations",), "service_name"),
        ),
        (
            table(
                "What to fix first",
                data.violations,
                ("constraint_id", "severity", "service_name", "finding", "fix"),
                ("violations", "traces"),
                order="violations",
                limit=200,
            ),
        ),
        (
            records(
                "Checks that failed",
                data.checks,
                ("severity", "expectation_name", "detail"),
                order=("severity", True),
                where="outcome = 'failed'",
                width=6,
            ),
            records(
                "Files with rejects",
                data.files,
                ("path", "form", "records", "rejected_records", "torn_tail_bytes", "ingested_at"),
                order=("rejected_records", False),
                where="rejected_records > 0",
                width=6,
            ),
        ),
    ),
)

DASHBOARDS = (SERVICES, OPERATIONS, SERVICE_MAP, ERRORS, TRACES, QUALITY)
