"""One defect for every check of the gate: SQL that makes this check fail, and no other.

Facts are tables in the audited copy, so that a defect touches nothing that is derived from them; a
defect that must not break a count changes a row in place.
"""

from __future__ import annotations


def _doubled(table: str, *columns: str) -> str:
    """One row more like the first, or with these columns of it alone: the others are null."""
    return f"insert into {table} by name select {', '.join(columns) or '*'} from {table} limit 1"


def _twin(table: str, *columns: str) -> str:
    """The last row takes the key of the first: no row more."""
    assigned = ", ".join(f"{c} = other.{c}" for c in columns)
    other = f"(select {', '.join(columns)} from {table} order by rowid limit 1) as other"
    return (
        f"update {table} set {assigned} from {other} where {table}.rowid = (select max(rowid) from {table})"
    )


def _set(table: str, column: str, value: str, where: str = "true") -> str:
    """Change one row."""
    row = f"(select min(rowid) from {table} where {where})"
    return f"update {table} set {column} = {value} where rowid = {row}"


_MOVED = "update {cube} set {column} = {value} where operation_key = (select min(operation_key) from {cube})"


def _in_both_cubes(column: str, value: str) -> str:
    """A cell and its buckets change together, or they would not agree."""
    cubes = ("cube_span_latency", "cube_span_latency_cells")
    return "; ".join(_MOVED.format(cube=cube, column=column, value=value) for cube in cubes)


_STRANGER = "424242"
KEYS = {
    "dim_service_unique": _doubled("dim_service", "service_name"),
    "dim_resource_unique": _doubled("dim_resource", "resource_key"),
    "dim_operation_unique": _doubled("dim_operation", "operation_key"),
    "dim_scope_unique": _doubled("dim_scope", "scope_key"),
    "dim_metric_unique": _doubled("dim_metric", "metric_key"),
    "dim_metric_stream_unique": _doubled("dim_metric_stream", "stream_key"),
    "dim_date_unique": _doubled("dim_date", "event_date"),
    "dim_attribute_key_unique": _doubled("dim_attribute_key", "place", "attribute_key"),
    "fct_traces_unique": _doubled("fct_traces", "trace_id", "trace_date"),
    "fct_service_calls_unique": _twin("fct_service_calls", "trace_id", "caller_span_id", "callee_span_id"),
    # A second row of nothing: counts of the ledger stay as they are.
    "fct_ingest_files_unique": "insert into fct_ingest_files by name select file_key, batch_id, path, "
    "0 as spans, 0 as log_records, 0 as metric_points from fct_ingest_files",
    # Two halves of one bucket: the cell's sum stays as it is.
    "cube_span_latency_unique": "create temp table victim as select rowid as id from cube_span_latency "
    "where span_count > 1 limit 1; insert into cube_span_latency select * replace (1 as span_count) "
    "from cube_span_latency where rowid = (select id from victim); update cube_span_latency "
    "set span_count = span_count - 1 where rowid = (select id from victim)",
    "cube_span_latency_cells_unique": "insert into cube_span_latency_cells select * replace "
    "(duration_nano_sum + 1 as duration_nano_sum) from cube_span_latency_cells limit 1",
    "cube_service_latency_unique": _doubled(
        "cube_service_latency", "event_date", "grain", "period_start_at", "service_name", "bucket_index"
    ),
    "cube_service_latency_prefix_unique": _doubled(
        "cube_service_latency_prefix", "service_name", "event_date", "bucket_index"
    ),
    "cube_rollup_unique": _doubled(
        "cube_rollup", "level", "event_date", "service_name", "operation_key", "kind", "status_code"
    ),
    "daily_service_health_unique": _doubled("daily_service_health", "event_date", "service_name"),
    # Two halves of one bucket: the calls that the cube counts stay as many.
    "cube_service_calls_unique": "create temp table halved as select rowid as id from cube_service_calls "
    "where call_count > 1 limit 1; insert into cube_service_calls select * replace (1 as call_count) "
    "from cube_service_calls where rowid = (select id from halved); update cube_service_calls "
    "set call_count = call_count - 1 where rowid = (select id from halved)",
    "cube_errors_unique": "insert into cube_errors select * replace (0 as exception_count) "
    "from cube_errors limit 1",
    "cube_critical_path_unique": _doubled(
        "cube_critical_path", "event_date", "root_service_name", "root_operation_name", "operation_key"
    ),
    "fct_spans_unique": _twin("fct_spans", "trace_id", "span_id"),
}

NULLS = {
    f"{table}_{column}_not_null": _set(table, column, "null")
    for table, columns in {
        "fct_spans": ("trace_id", "span_id", "name", "start_time_unix_nano", "duration_nano", "resource_key"),
        "fct_span_events": ("trace_id", "span_id", "name"),
        "fct_span_links": ("trace_id", "span_id", "linked_span_id"),
        "fct_log_records": ("time_unix_nano", "severity_number", "resource_key"),
        "fct_metric_points": ("stream_key", "time_unix_nano"),
        "fct_exemplars": ("stream_key", "time_unix_nano"),
    }.items()
    for column in columns
}

REFERENCES = {
    "fct_spans_event_date_resolves": _set("fct_spans", "event_date", "'2020-02-02'"),
    # Known to OTLP and gone from its dimension: accepted as a value, and not resolved.
    "fct_spans_kind_resolves": "delete from dim_span_kind where kind = 5",
    "fct_spans_status_code_resolves": "delete from dim_status where status_code = 1",
    "fct_log_records_severity_number_resolves": "delete from dim_severity where severity_number = 9",
    "fct_log_records_event_date_resolves": _set("fct_log_records", "event_date", "'2020-02-02'"),
    "fct_metric_points_event_date_resolves": _set("fct_metric_points", "event_date", "'2020-02-02'"),
    "dim_metric_stream_metric_key_resolves": _set("dim_metric_stream", "metric_key", "'no metric'"),
    "cube_span_latency_operation_key_resolves": _in_both_cubes("operation_key", _STRANGER),
    **{
        f"{table}_{column}_resolves": _set(table, column, value)
        for table, column, value in (
            ("fct_spans", "service_name", "'nobody'"),
            ("fct_spans", "resource_key", _STRANGER),
            ("fct_spans", "scope_key", _STRANGER),
            ("fct_spans", "operation_key", _STRANGER),
            ("fct_log_records", "service_name", "'nobody'"),
            ("fct_log_records", "resource_key", _STRANGER),
            ("fct_log_records", "scope_key", _STRANGER),
            ("fct_metric_points", "stream_key", _STRANGER),
            ("fct_exemplars", "stream_key", _STRANGER),
            ("fct_service_calls", "caller_service_name", "'nobody'"),
            ("fct_service_calls", "callee_service_name", "'nobody'"),
            ("fct_traces", "root_service_name", "'nobody'"),
            ("dim_metric_stream", "resource_key", _STRANGER),
            ("daily_service_health", "service_name", "'nobody'"),
            ("cube_service_calls", "caller_service_name", "'nobody'"),
            ("cube_errors", "operation_key", _STRANGER),
            ("cube_critical_path", "operation_key", _STRANGER),
        )
    },
}

MEASURES = {
    "daily_service_health_error_ratio_range": _set("daily_service_health", "error_ratio", "1.5"),
    "daily_service_health_apdex_range": _set("daily_service_health", "apdex", "-0.1"),
    "daily_service_health_health_range": _set("daily_service_health", "health", "1.01"),
    "daily_service_health_request_count_range": _set("daily_service_health", "request_count", "0"),
    # One more bucket of nothing in a cell: its sum stays as it is.
    "cube_span_latency_span_count_range": "insert into cube_span_latency select * replace (0 as span_count, "
    "4031 as bucket_index) from cube_span_latency limit 1",
    "cube_span_latency_grain_accepted": "; ".join(
        f"insert into {cube} select * replace ('week' as grain) from {cube} where grain = 'day'"
        for cube in ("cube_span_latency", "cube_span_latency_cells")
    ),
    "cube_span_latency_bucket_index_range": _set("cube_span_latency", "bucket_index", "4032"),
    "cube_span_latency_cells_duration_nano_sum_range": _set(
        "cube_span_latency_cells", "duration_nano_sum", "-1"
    ),
    "dim_metric_metric_type_accepted": _set("dim_metric", "metric_type", "'counter'"),
    "cube_span_latency_cells_quantiles_ordered": _set(
        "cube_span_latency_cells", "p50_nano", "p99_nano + 1", "p99_nano is not null"
    ),
    "cube_span_latency_cells_agree": _set("cube_span_latency_cells", "span_count", "span_count + 1"),
    "cube_span_latency_counts_every_span": "insert into fct_spans select * replace ('5' as span_id) "
    "from fct_spans where name = 'read' limit 1; update fct_ingest_files set spans = spans + 1, "
    "spans_landing_rows = spans_landing_rows + 1",
    "cube_service_calls_counts_every_call": _set("cube_service_calls", "call_count", "call_count + 1"),
    "cube_errors_counts_every_exception": _set("cube_errors", "exception_count", "exception_count + 1"),
}

_ROWS = "update fct_ingest_files set {table}_rows = {table}_rows + 1"
LEDGER = {
    "ledger_spans_accounted": "update fct_ingest_files set spans = spans + 1",
    "ledger_log_records_accounted": "update fct_ingest_files set rejected_log_records = 1",
    "ledger_metric_points_accounted": "update fct_ingest_files set metric_points = metric_points - 1",
    "ledger_spans_landing_rows": _ROWS.format(table="spans_landing") + ", spans = spans + 1",
    "ledger_log_records_rows": _ROWS.format(table="log_records") + ", log_records = log_records + 1",
    **{f"ledger_{t}_rows": _ROWS.format(table=t) for t in ("exemplars",)},
    "fct_span_events_event_count": _doubled("fct_span_events"),
    "fct_span_links_link_count": _doubled("fct_span_links"),
    **{
        f"ledger_{t}_rows": _ROWS.format(table=t) + ", metric_points = metric_points + 1"
        for t in ("number_points", "histogram_points", "exponential_histogram_points", "summary_points")
    },
}

TELEMETRY = {
    "fct_spans_kind_accepted": "insert into dim_span_kind values (9, 'UNKNOWN 9', false, false); "
    + _set("fct_spans", "kind", "9"),
    "fct_spans_status_code_accepted": "insert into dim_status values (7, 'UNKNOWN 7', false); "
    + _set("fct_spans", "status_code", "7"),
    "fct_log_records_severity_number_range": "insert into dim_severity values (99, 'UNKNOWN', 'X', false); "
    + _set("fct_log_records", "severity_number", "99"),
    "fct_spans_duration_nano_range": _set("fct_spans", "duration_nano", "-1"),
    "fct_spans_ids_valid": _set("fct_spans", "span_id", "repeat('0', 16)"),
    "dim_service_named": _set("dim_service", "is_named", "false"),
    "cube_span_latency_cells_operations_kept": _set("dim_operation", "span_name", "'__other__'"),
    "dim_date_in_range": _set("fct_spans", "event_date", "'1970-01-01'"),
}
FAMILIES = {
    "keys": KEYS,
    "nulls": NULLS,
    "references": REFERENCES,
    "measures": MEASURES,
    "ledger": LEDGER,
    "telemetry": TELEMETRY,
}
DEFECTS = {name: defect for family in FAMILIES.values() for name, defect in family.items()}
