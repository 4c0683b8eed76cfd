"""Every lake table by name: the one source of truth for table shapes."""

from __future__ import annotations

from warehouse.schemas import entity_tables, ledger_tables, log_tables, metric_tables, trace_tables
from warehouse.schemas.model import Table

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        trace_tables.SPANS_LANDING,
        trace_tables.SPAN_EVENTS_LANDING,
        trace_tables.SPAN_LINKS_LANDING,
        trace_tables.SPANS,
        trace_tables.SPAN_EVENTS,
        trace_tables.SPAN_LINKS,
        trace_tables.TRACES,
        log_tables.LOG_RECORDS,
        metric_tables.METRIC_STREAMS,
        metric_tables.NUMBER_POINTS,
        metric_tables.HISTOGRAM_POINTS,
        metric_tables.EXPONENTIAL_HISTOGRAM_POINTS,
        metric_tables.SUMMARY_POINTS,
        metric_tables.EXEMPLARS,
        entity_tables.RESOURCES,
        entity_tables.SCOPES,
        ledger_tables.INGEST_FILES,
        ledger_tables.REJECTS,
        ledger_tables.INTEGRITY_VIOLATIONS,
    )
}
"""In the order of the data's way: traces, logs, metrics, entities, accounting."""

FACT_TABLES: tuple[str, ...] = (
    "spans_landing",
    "span_events_landing",
    "span_links_landing",
    "log_records",
    "number_points",
    "histogram_points",
    "exponential_histogram_points",
    "summary_points",
    "exemplars",
)
"""Tables that conversion writes as partitioned files."""

KEYED_TABLES: tuple[str, ...] = ("metric_streams", "resources", "scopes")
"""Tables of distinct entities: the committer keeps one row per key."""

STAGED_TABLES: tuple[str, ...] = (*KEYED_TABLES, "rejects")
"""Tables that conversion leaves in stage files for the committer to merge."""
