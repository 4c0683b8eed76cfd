"""The ledger against the tables: what a lake must account for after any run."""

from __future__ import annotations

from pathlib import Path

from lake_rows import column, counts

from warehouse.lake.tables import INGEST_TABLES, LEDGER

FOUND = {
    "spans": ["spans_landing_rows"],
    "log_records": ["log_records_rows"],
    "metric_points": [
        f"{kind}_points_rows" for kind in ("number", "histogram", "exponential_histogram", "summary")
    ],
}
REJECTED = {
    "span": "rejected_spans",
    "log_record": "rejected_log_records",
    "metric_point": "rejected_metric_points",
}


def check_accounts(lake: Path) -> None:
    """Records found = rows + rejected, in each row of the ledger and against the tables."""
    for name, tables in FOUND.items():
        for found, rejected, *rows in column(lake, LEDGER, name, f"rejected_{name}", *tables):
            assert found == rejected + sum(rows), name
    found = counts(lake)
    for table in INGEST_TABLES:
        if table in ("rejects", "resources", "scopes", "metric_streams"):
            continue
        assert sum(column(lake, LEDGER, f"{table}_rows")) == found[table], table
    signals = column(lake, "rejects", "signal")
    for ledger in ("rejected_spans", "rejected_log_records", "rejected_metric_points", "rejected_other"):
        known = [s for s in signals if REJECTED.get(s, "rejected_other") == ledger]
        assert sum(column(lake, LEDGER, ledger)) == len(known), ledger
    keys = column(lake, LEDGER, "file_key", "batch_id")
    assert len(set(keys)) == len(keys)
