"""Whether telemetry can be trusted."""

from __future__ import annotations

from dashboards.superset.datasets.metrics import COUNT
from dashboards.superset.model import Dataset, Metric

violations = Dataset(
    name="integrity_violations",
    description="Violated integrity constraints, each with what to do about it.",
    sql="""\
select
    cast(event_date as timestamp) as event_day,
    constraint_id,
    finding,
    severity,
    coalesce(service_name, '(none)') as service_name,
    trace_id,
    span_id,
    detail,
    fix
from main.fct_integrity_violations""",
    models=("fct_integrity_violations",),
    time_column="event_day",
    metrics=(
        Metric("violations", "Violations", "count(*)", COUNT, "Violations found"),
        Metric("traces", "Traces", "count(distinct trace_id)", COUNT, "Traces with one"),
    ),
    columns={
        "event_day": ("Day", "UTC day of the telemetry"),
        "service_name": ("Service", "Service that sent it, `(none)` when no service is to blame"),
    },
)


checks = Dataset(
    name="quality_results",
    description="Checks of the last build: what Great Expectations found before it was published.",
    sql="""\
select
    checked_at,
    suite_name,
    expectation_name,
    table_name,
    column_name,
    severity,
    if(is_passed, 'passed', 'failed') as outcome,
    unexpected_count,
    detail
from main.fct_quality_results""",
    models=("fct_quality_results",),
    time_column="checked_at",
    metrics=(
        Metric("checks", "Checks", "count(*)", COUNT, "Checks made"),
        Metric("failed", "Failed", "count(*) filter (where outcome = 'failed')", COUNT, "Checks that failed"),
    ),
    columns={
        "outcome": ("Outcome", "`passed` or `failed`"),
        "detail": ("What should hold", "The condition of the check"),
    },
)


files = Dataset(
    name="ingest_files",
    description="Files that were read: records found, written and rejected.",
    sql="""\
select
    ingested_at,
    path,
    form,
    size_bytes,
    spans + log_records + metric_points as records,
    rejected_spans + rejected_log_records + rejected_metric_points + rejected_other as rejected_records,
    spans,
    log_records,
    metric_points,
    torn_tail_bytes
from main.fct_ingest_files""",
    models=("fct_ingest_files",),
    time_column="ingested_at",
    metrics=(
        Metric("files", "File versions", "count(*)", COUNT, "File versions read"),
        Metric("records", "Records", "sum(records)", COUNT, "Spans, log records and metric points found"),
        Metric("rejected", "Rejected", "sum(rejected_records)", COUNT, "Records that could not be taken"),
        Metric("bytes", "Bytes", "sum(size_bytes)", ".3s", "Size of the files"),
    ),
    columns={
        "records": ("Records", "Spans, log records and metric points found in the file"),
        "rejected_records": ("Rejected", "Records of any signal that could not be taken"),
    },
)
