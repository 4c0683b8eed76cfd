"""Nothing is lost: what the ledger says was found is in the tables or among the rejects."""

from __future__ import annotations

from data_quality.check import Check, no_rows
from data_quality.scope import WHOLE

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


def _written(table: str, fact: str, condition: str = "true") -> Check:
    return no_rows(
        f"ledger_{table}_rows",
        "fct_ingest_files",
        f"the rows that files wrote to {table} are those of {fact}",
        f"select written from (select coalesce(sum({table}_rows), 0) as written from {{batch}}) as ledger "
        f"where written <> (select count(*) from {WHOLE}{fact} where {condition})",
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


def _assembled() -> Check:
    """Every span that files wrote is a row, a copy of one, a conflicting copy among the rejects, or waits."""
    return no_rows(
        "ledger_spans_landing_rows",
        "fct_ingest_files",
        "the spans that files wrote are in fct_spans, copies of those, conflicting copies, or waiting",
        "select written from (select coalesce(sum(spans_landing_rows), 0) as written from {batch}) as ledger "
        f"where written <> (select coalesce(sum(1 + duplicate_count), 0) from {WHOLE}fct_spans) "
        "+ (select count(*) from lake.rejects where reason = 'conflicting_duplicate') "
        "+ (select count(*) from lake.spans_landing)",
        "spans_landing_rows",
    )


def _children(fact: str, count: str) -> Check:
    return no_rows(
        f"{fact}_{count}",
        fact,
        f"spans have the rows of {fact} that they count",
        f"select rows from (select count(*) as rows from {{batch}}) as children "
        f"where rows <> (select coalesce(sum({count}), 0) from fct_spans)",
    )


def ledger() -> list[Check]:
    """Counts of the ledger against the facts, and found = written + rejected for every file."""
    return [
        _found("spans", "spans_landing"),
        _found("log_records", "log_records"),
        _found("metric_points", *_POINTS),
        _assembled(),
        _children("fct_span_events", "event_count"),
        _children("fct_span_links", "link_count"),
        *(_written(table, fact) for table, fact in _FACTS.items()),
        *(
            _written(table, "fct_metric_points", f"point_type = '{point_type}'")
            for table, point_type in _POINTS.items()
        ),
    ]
