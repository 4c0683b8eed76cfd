"""Nothing is lost: what the ledger says was found is in the tables or among the rejects."""

from __future__ import annotations

from collections.abc import Iterator

from data_quality.check import Check, no_rows
from data_quality.scope import WHOLE
from data_quality.thresholds import RECONCILIATION, remedy, thresholds

_FACTS = {
    "log_records": "fct_log_records",
    "exemplars": "fct_exemplars",
}
_POINTS = {
    "number_points": "number",
    "histogram_points": "histogram",
    "exponential_histogram_points": "exponential_histogram",
    "summary_points": "summary",
}


def _equal(
    name: str, table: str, detail: str, counted: str, held: str, column: str | None = None
) -> Iterator[Check]:
    """What is counted in the table is held elsewhere, up to the share that may be missing or too much."""
    for severity, share, suffix in thresholds()[RECONCILIATION].levels():
        yield no_rows(
            name + suffix,
            table,
            detail + (f", up to {share:.2%}" if share else ""),
            f"select counted from (select {counted} as counted from {{batch}}) as counts, "
            f"(select {held} as held) as holds where abs(counted - held) > {share} * counted",
            column,
            severity,
            remedy(RECONCILIATION),
        )


def _written(table: str, fact: str, condition: str = "true") -> Iterator[Check]:
    return _equal(
        f"ledger_{table}_rows",
        "fct_ingest_files",
        f"the rows that files wrote to {table} are those of {fact}",
        f"coalesce(sum({table}_rows), 0)",
        f"(select count(*) from {WHOLE}{fact} where {condition})",
        f"{table}_rows",
    )


def _found(records: str, *tables: str) -> Check:
    written = " + ".join(f"{t}_rows" for t in tables)
    return no_rows(
        f"ledger_{records}_accounted",
        "fct_ingest_files",
        f"{records} found in a file = rows written + rejected",
        f"select path from {{batch}} where {records} <> {written} + rejected_{records}",
        records,
    )


def _assembled() -> Iterator[Check]:
    """Every span that files wrote is a row, a copy of one, a conflicting copy among the rejects, or waits."""
    return _equal(
        "ledger_spans_landing_rows",
        "fct_ingest_files",
        "the spans that files wrote are in fct_spans, copies of those, conflicting copies, or waiting",
        "coalesce(sum(spans_landing_rows), 0)",
        f"(select coalesce(sum(1 + duplicate_count), 0) from {WHOLE}fct_spans) "
        "+ (select count(*) from lake.rejects where reason = 'conflicting_duplicate') "
        "+ (select count(*) from lake.spans_landing)",
        "spans_landing_rows",
    )


def _children(fact: str, count: str) -> Iterator[Check]:
    return _equal(
        f"{fact}_{count}",
        fact,
        f"spans have the rows of {fact} that they count",
        "count(*)",
        f"(select coalesce(sum({count}), 0) from fct_spans)",
    )


def ledger() -> list[Check]:
    """Counts of the ledger against the facts, and found = written + rejected for every file."""
    return [
        _found("spans", "spans_landing"),
        _found("log_records", "log_records"),
        _found("metric_points", *_POINTS),
        *_assembled(),
        *_children("fct_span_events", "event_count"),
        *_children("fct_span_links", "link_count"),
        *(check for table, fact in _FACTS.items() for check in _written(table, fact)),
        *(
            check
            for table, point_type in _POINTS.items()
            for check in _written(table, "fct_metric_points", f"point_type = '{point_type}'")
        ),
    ]
