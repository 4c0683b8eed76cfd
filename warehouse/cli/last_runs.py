"""What `status` tells of time: the last runs, and how far the newest telemetry lies behind the clock."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from rich.table import Table

from warehouse.amounts import count, counted, duration, moment
from warehouse.cli.screen import table
from warehouse.runs import last_runs

_TIMES = {
    "spans": "start_time_unix_nano",
    "spans_landing": "start_time_unix_nano",
    "log_records": "time_unix_nano",
}


def runs_and_lag(con: DuckDBPyConnection, warehouse: Path) -> dict[str, Any]:
    """`last_runs`, the newest first, and `newest_event_at` with `lag_seconds`, null without any."""
    newest = max((_newest(con, name, column) for name, column in _TIMES.items()), default=0)
    at = datetime.fromtimestamp(newest / 1e9, UTC) if newest else None
    return {
        "last_runs": [asdict(run) for run in last_runs(warehouse)],
        "newest_event_at": at.isoformat(timespec="seconds") if at else None,
        "lag_seconds": round((datetime.now(UTC) - at).total_seconds()) if at else None,
    }


def _newest(con: DuckDBPyConnection, name: str, column: str) -> int:
    """The latest time of a table's newest date, nanoseconds; 0 when it is empty."""
    row = con.execute(
        f"select max({column}) from lake.{name} where event_date = "
        "(select max(event_date) from lake.lake_dates where table_name = ? and row_count > 0)",
        [name],
    ).fetchone()
    return int(row[0]) if row and row[0] else 0


def failed_step(runs: list[dict[str, Any]]) -> str | None:
    """What to do about the newest run, if that did not end well."""
    if not runs or runs[0]["outcome"] == "done":
        return None
    newest = runs[0]
    verb = newest["verb"]
    again = f"submit jobs/{verb}" if verb.endswith(".py") else f"run `otlp-warehouse {verb}`"
    return f"The last {verb} {_ended(newest)}; then {again} again."


def _ended(run: dict[str, Any]) -> str:
    reason = (run["reason"] or "it was stopped").rstrip(".")
    return f"did not end well: {reason}" if run["outcome"] == "failed" else f"was refused: {reason}"


def runs_table(runs: list[dict[str, Any]]) -> Table:
    rows = [
        (
            run["verb"],
            moment(run["started_at"]),
            duration(int(run["seconds"] * 1e9)),
            "" if run["rows"] is None else count(run["rows"]),
            run["outcome"],
        )
        for run in runs
    ]
    return table(None, ("last run", "started", "took", "rows", "outcome"), rows, right=[2, 3])


def lag_sentence(facts: dict[str, Any]) -> str:
    if facts["lag_seconds"] is None:
        return "There are no spans and log records yet."
    behind = facts["lag_seconds"]
    days, hours, minutes = behind // 86_400, behind // 3_600 % 24, behind // 60 % 60
    told = f"{counted(days, 'day')} {hours} h" if days else f"{hours} h {minutes} min"
    return f"The newest span or log record is of {moment(facts['newest_event_at'])}, {told} ago."
