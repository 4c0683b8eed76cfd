"""The suites of the gate, as functions that list their checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from data_quality.check import Check, accepted, between, no_rows, not_null, resolves, unique
from data_quality.ledger_suite import ledger
from data_quality.thresholds import DUPLICATES, remedy, thresholds

_CELL = (
    "grain",
    "period_start_at",
    "service_name",
    "operation_key",
    "kind",
    "status_code",
    "http_status_class",
)
_COLUMNS = ", ".join(_CELL)
_ROOT = ("root_service_name", "root_operation_name")
_EDGE = (
    "grain",
    "period_start_at",
    "caller_service_name",
    "callee_name",
    "callee_type",
    "connection_kind",
    "is_inferred",
)


def keys() -> list[Check]:
    """A row of a dimension, cube or table fact is found by its key."""
    return [
        unique("dim_service", "service_name"),
        unique("dim_resource", "resource_key"),
        unique("dim_operation", "operation_key"),
        unique("dim_scope", "scope_key"),
        unique("dim_metric", "metric_key"),
        unique("dim_metric_stream", "stream_key"),
        unique("dim_date", "event_date"),
        unique("dim_attribute_key", "place", "attribute_key"),
        unique("fct_service_calls", "trace_id", "caller_span_id", "callee_span_id"),
        unique("fct_ingest_files", "file_key", "batch_id"),
        unique("cube_span_latency", *_CELL, "bucket_index"),
        unique("cube_span_latency_cells", *_CELL),
        unique("cube_service_latency", "grain", "period_start_at", "service_name", "bucket_index"),
        unique("cube_service_latency_prefix", "service_name", "event_date", "bucket_index"),
        unique("cube_rollup", "level", "event_date", "service_name", "operation_key", "kind", "status_code"),
        unique("daily_service_health", "event_date", "service_name"),
        unique("cube_service_calls", *_EDGE, "bucket_index"),
        unique("cube_errors", "period_start_at", "service_name", "operation_key", "fingerprint"),
        unique(
            "cube_critical_path", "event_date", "root_service_name", "root_operation_name", "operation_key"
        ),
        *_served_once("fct_traces", "trace_id", "true"),
        *_served_once(
            "fct_spans", "trace_id, span_id", "ltrim(trace_id, '0') <> '' and ltrim(span_id, '0') <> ''"
        ),
    ]


def _served_once(table: str, ids: str, where: str) -> Iterator[Check]:
    """No two rows share their ids, up to a share of the rows."""
    for severity, share, suffix in thresholds()[DUPLICATES].levels():
        # Grouped by a hash at half the cost; ids that meet in one are looked at themselves.
        yield no_rows(
            f"{table}_unique{suffix}",
            table,
            f"{ids} identify a row of {table}" + (f", up to {share:.2%}" if share else ""),
            f"with met as (select hash({ids}) as hashed from {{batch}} group by hashed having count(*) > 1), "
            f"doubled as (select {ids} from {{batch}} where hash({ids}) in (select hashed from met) "
            f"and {where} group by {ids} having count(*) > 1) select {ids} from doubled "
            f"where (select count(*) from doubled) > {share} * (select count(*) from {{batch}})",
            severity=severity,
            remedy=remedy(DUPLICATES),
        )


def nulls() -> list[Check]:
    """Facts over the lake, which no table constraint guards, have their ids, times and keys."""
    required = {
        "fct_spans": ("trace_id", "span_id", "name", "start_time_unix_nano", "duration_nano", "resource_key"),
        "fct_span_events": ("trace_id", "span_id", "name"),
        "fct_span_links": ("trace_id", "span_id", "linked_span_id"),
        "fct_log_records": ("time_unix_nano", "severity_number", "resource_key"),
        "fct_metric_points": ("stream_key", "time_unix_nano"),
        "fct_exemplars": ("stream_key", "time_unix_nano"),
    }
    return [not_null(table, column) for table, columns in required.items() for column in columns]


def references() -> list[Check]:
    """Every key of a fact resolves in its dimension."""
    return [
        *(resolves("fct_spans", c, d) for c, d in _SPAN_KEYS.items()),
        resolves("fct_log_records", "service_name", "dim_service"),
        resolves("fct_log_records", "resource_key", "dim_resource"),
        resolves("fct_log_records", "scope_key", "dim_scope"),
        resolves("fct_log_records", "severity_number", "dim_severity"),
        resolves("fct_log_records", "event_date", "dim_date"),
        resolves("fct_metric_points", "stream_key", "dim_metric_stream"),
        resolves("fct_metric_points", "event_date", "dim_date"),
        resolves("fct_exemplars", "stream_key", "dim_metric_stream"),
        resolves("fct_service_calls", "caller_service_name", "dim_service", "service_name"),
        resolves("fct_service_calls", "callee_service_name", "dim_service", "service_name"),
        resolves("fct_traces", "root_service_name", "dim_service", "service_name"),
        resolves("dim_metric_stream", "metric_key", "dim_metric"),
        resolves("dim_metric_stream", "resource_key", "dim_resource"),
        resolves("cube_span_latency", "operation_key", "dim_operation"),
        resolves("daily_service_health", "service_name", "dim_service"),
        resolves("cube_service_calls", "caller_service_name", "dim_service", "service_name"),
        resolves("cube_errors", "operation_key", "dim_operation"),
        resolves("cube_critical_path", "operation_key", "dim_operation"),
    ]


_SPAN_KEYS = {
    "event_date": "dim_date",
    "service_name": "dim_service",
    "resource_key": "dim_resource",
    "scope_key": "dim_scope",
    "operation_key": "dim_operation",
    "kind": "dim_span_kind",
    "status_code": "dim_status",
}


def measures() -> list[Check]:
    """Ratios, scores and quantiles stay in their ranges; cubes count every span once per grain."""
    return [
        between("daily_service_health", "error_ratio", 0, 1),
        between("daily_service_health", "apdex", 0, 1),
        between("daily_service_health", "health", 0, 1),
        between("daily_service_health", "request_count", 1, None),
        between("cube_span_latency", "span_count", 1, None),
        between("cube_span_latency", "bucket_index", -32768, 4031),
        between("cube_span_latency_cells", "duration_nano_sum", 0, None),
        accepted("cube_span_latency", "grain", ("5min", "hour", "day")),
        accepted("dim_metric", "metric_type", _METRIC_TYPES),
        no_rows(
            "cube_span_latency_cells_quantiles_ordered",
            "cube_span_latency_cells",
            "p50 <= p90 <= p95 <= p99 in every cell",
            "select * from {batch} where p50_nano > p90_nano or p90_nano > p95_nano or p95_nano > p99_nano",
        ),
        no_rows(
            "cube_span_latency_cells_agree",
            "cube_span_latency_cells",
            "a cell counts as many spans as its buckets",
            "select * from (select * from {batch}) as cells full join "
            f"(select {_COLUMNS}, sum(span_count) as spans from cube_span_latency group by all) as buckets "
            f"using ({_COLUMNS}) "
            "where cells.span_count is distinct from buckets.spans",
        ),
        no_rows(
            "cube_span_latency_counts_every_span",
            "cube_span_latency",
            "each grain of the cube counts every span of fct_spans",
            "select grains.grain from (values ('5min'), ('hour'), ('day')) as grains (grain) where "
            "(select count(*) from fct_spans) <> (select coalesce(sum(cube.span_count), 0) "
            "from (select * from {batch}) as cube where cube.grain = grains.grain)",
        ),
        no_rows(
            "cube_service_calls_counts_every_call",
            "cube_service_calls",
            "each grain of the cube counts every call of fct_service_calls",
            "select grains.grain from (values ('hour'), ('day')) as grains (grain) where "
            "(select count(*) from fct_service_calls) <> (select coalesce(sum(cube.call_count), 0) "
            "from (select * from {batch}) as cube where cube.grain = grains.grain)",
        ),
        no_rows(
            "cube_errors_counts_every_exception",
            "cube_errors",
            "the cube counts every exception of fct_exceptions",
            "select rows from (select count(*) as rows from fct_exceptions) as facts "
            "where rows <> (select coalesce(sum(exception_count), 0) from {batch})",
        ),
    ]


_METRIC_TYPES = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def telemetry() -> list[Check]:
    """Faults of the telemetry itself: shown, and no reason to withhold the rest."""
    return [
        accepted("fct_spans", "kind", range(6), "warning"),
        accepted("fct_spans", "status_code", range(3), "warning"),
        between("fct_log_records", "severity_number", 0, 24, "warning"),
        between("fct_spans", "duration_nano", 0, None, "warning"),
        no_rows(
            "fct_spans_ids_valid",
            "fct_spans",
            "trace_id and span_id are neither empty nor all zeros",
            "select * from {batch} where ltrim(trace_id, '0') = '' or ltrim(span_id, '0') = ''",
            severity="warning",
        ),
        no_rows(
            "dim_service_named",
            "dim_service",
            "every resource states a service.name",
            "select * from {batch} where not is_named",
            "is_named",
            "warning",
        ),
        no_rows(
            "cube_span_latency_cells_operations_kept",
            "cube_span_latency_cells",
            "cubes keep every operation of a service by its name",
            "select * from {batch} where grain = 'day' and operation_key in "
            "(select operation_key from dim_operation where span_name = '__other__')",
            "service_name",
            "warning",
        ),
        no_rows(
            "dim_date_in_range",
            "fct_spans",
            "span times lie between 2000 and the day after ingest",
            "select * from {batch} where event_date = date '1970-01-01'",
            "event_date",
            "warning",
        ),
    ]


SUITES: dict[str, Callable[[], list[Check]]] = {
    "keys": keys,
    "nulls": nulls,
    "references": references,
    "measures": measures,
    "ledger": ledger,
    "telemetry": telemetry,
}
"""Every suite by name, in the order of the report."""
