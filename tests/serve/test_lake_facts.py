"""Facts over the lake show what it holds, column by column, and its times as timestamps and minutes."""

from __future__ import annotations

import duckdb
import pytest

FACTS = {
    "fct_spans": "spans",
    "fct_traces": "traces",
    "fct_span_events": "span_events",
    "fct_span_links": "span_links",
    "fct_log_records": "log_records",
    "fct_exemplars": "exemplars",
    "fct_ingest_files": "ingest_files",
    **{
        f"(from fct_metric_points where point_type = '{kind}')": f"{kind}_points"
        for kind in ("number", "histogram", "exponential_histogram", "summary")
    },
    "dim_resource": "resources",
    "dim_scope": "scopes",
    "dim_metric_stream": "metric_streams",
}
NAMED = ("service_name", "parent_service_name", "root_service_name")
"""Columns that say something where the lake has nothing."""


@pytest.mark.parametrize(("fact", "table"), FACTS.items())
def test_columns_are_those_of_the_lake(con: duckdb.DuckDBPyConnection, fact: str, table: str) -> None:
    shown = con.sql(f"from {fact}").columns
    shared = ", ".join(c for c in con.sql(f"from lake.{table}").columns if c in shown and c not in NAMED)
    here, there = f"select {shared} from {fact}", f"select {shared} from lake.{table}"
    assert shared.count(",") > 3 and con.sql(here).fetchone()
    assert con.sql(f"({here}) except all ({there})").fetchall() == []
    assert con.sql(f"({there}) except all ({here})").fetchall() == []


TIMES = {
    ("fct_spans", "started_at"): "start_time_unix_nano",
    ("fct_spans", "ended_at"): "case when start_time_unix_nano > 0 "
    "then start_time_unix_nano + greatest(duration_nano, 0) end",
    ("fct_traces", "started_at"): "start_time_unix_nano",
    ("fct_service_calls", "started_at"): "start_time_unix_nano",
    ("fct_span_events", "occurred_at"): "time_unix_nano",
    ("fct_exceptions", "occurred_at"): "time_unix_nano",
    ("fct_log_records", "recorded_at"): "time_unix_nano",
    ("fct_log_records", "observed_at"): "observed_time_unix_nano",
    ("fct_metric_points", "measured_at"): "time_unix_nano",
    ("fct_metric_points", "started_at"): "start_time_unix_nano",
    ("fct_exemplars", "measured_at"): "point_time_unix_nano",
    ("fct_exemplars", "sampled_at"): "time_unix_nano",
    ("fct_ingest_files", "ingested_at"): "ingested_at_unix_nano",
    ("fct_ingest_files", "modified_at"): "modified_unix_nano",
}


@pytest.mark.parametrize(("column", "nano"), TIMES.items())
def test_times_are_those_of_nanoseconds(
    con: duckdb.DuckDBPyConnection, column: tuple[str, str], nano: str
) -> None:
    fact, name = column
    wrong = f"from {fact} where epoch_us({name}) is distinct from nullif({nano}, 0) // 1000"
    assert con.sql(wrong).fetchall() == []
    assert con.sql(f"select count({name}) > 0 from {fact}").fetchone() == (True,)


@pytest.mark.parametrize(
    ("fact", "at"),
    [
        ("fct_spans", "started_at"),
        ("fct_exceptions", "occurred_at"),
        ("fct_service_calls", "started_at"),
        ("fct_metric_points", "measured_at"),
        ("fct_log_records", "coalesce(recorded_at, observed_at)"),
    ],
)
def test_minutes_of_the_day_are_those_of_times(con: duckdb.DuckDBPyConnection, fact: str, at: str) -> None:
    minute = f"coalesce(hour({at}) * 60 + minute({at}), 0)"
    assert con.sql(f"from {fact} where minute_of_day is distinct from {minute}").fetchall() == []
