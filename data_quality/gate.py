"""The gate: audits a DuckDB file in a process of its own, `python -m data_quality.gate FILE`.

Great Expectations takes seconds to import and keeps a connection pool, so no other process loads it. With
`--wait` the process imports first and starts when a line arrives on stdin: a build starts it early and lets
the import overlap with dbt. With `--record` the results replace the rows of fct_quality_results. With
`--redone` facts and cubes are audited on the dates that the last run of the models redid, not on all.
The last line of stdout is JSON: {"passed": n, "failed": n, "critical": [sentences], "warnings": [sentences],
"dates": number of dates looked at, null for all}.
Exit codes: 0 no critical check failed, 1 one did, 3 the audit could not run.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from data_quality.audit import Outcome, audit
from data_quality.check import Check
from data_quality.constraint_suite import VIOLATIONS, constraints
from data_quality.scope import Scope, redone
from data_quality.suites import SUITES
from data_quality.thresholds import thresholds
from warehouse.amounts import counted
from warehouse.errors import WarehouseError
from warehouse.telemetry import recording_of_parent

_REBUILD = "run `otlp-warehouse build --full-refresh`"


def record(file: Path, outcomes: list[Outcome]) -> None:
    """Replace the rows of fct_quality_results by the outcomes."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    rows = [
        (
            o.suite,
            o.check.name,
            type(o.check.expectation).__name__,
            o.check.table,
            o.check.column,
            o.check.severity,
            o.is_passed,
            o.unexpected_count,
            o.check.detail,
            now,
            None if o.dates is None else ",".join(day.isoformat() for day in o.dates),
        )
        for o in outcomes
    ]
    with duckdb.connect(str(file)) as con:
        con.begin()
        con.execute("delete from fct_quality_results")
        con.executemany(f"insert into fct_quality_results values ({', '.join('?' * 11)})", rows)
        con.commit()


def _suites(file: Path) -> dict[str, list[Check]]:
    """Every suite; that of the constraints when the file knows of violations."""
    suites = {name: checks() for name, checks in SUITES.items()}
    with duckdb.connect(str(file), read_only=True) as con:
        found = con.execute(
            "select count(*) from information_schema.tables where table_schema = 'main' and table_name = ?",
            [VIOLATIONS],
        ).fetchone()
    if found == (1,):
        suites["constraints"] = constraints(thresholds())
    return suites


def _scope(file: Path) -> Scope | None:
    with duckdb.connect(str(file), read_only=True) as con:
        return redone(con)


def _sentence(outcome: Outcome) -> str:
    rows = f" ({counted(outcome.unexpected_count, 'row')})" if outcome.unexpected_count else ""
    remedy = outcome.check.remedy or (_REBUILD if outcome.check.severity == "critical" else "")
    return f"{outcome.check.name}: not true that {outcome.check.detail}{rows}{remedy and f'; {remedy}'}"


def _summary(outcomes: list[Outcome], scope: Scope | None) -> dict[str, int | list[str] | None]:
    failed = [o for o in outcomes if not o.is_passed]
    return {
        "passed": len(outcomes) - len(failed),
        "failed": len(failed),
        "critical": [_sentence(o) for o in failed if o.check.severity == "critical"],
        "warnings": [_sentence(o) for o in failed if o.check.severity != "critical"],
        "dates": None if scope is None else len(scope.dates),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m data_quality.gate", description=__doc__)
    parser.add_argument("file", type=Path, help="the DuckDB file")
    parser.add_argument("--record", action="store_true", help="write the results to fct_quality_results")
    parser.add_argument("--redone", action="store_true", help="audit the dates that the last build redid")
    parser.add_argument("--wait", action="store_true", help="start when a line arrives on stdin")
    arguments = parser.parse_args()

    if arguments.wait and not sys.stdin.readline():
        return 0
    try:
        with recording_of_parent("checks"):
            scope = _scope(arguments.file) if arguments.redone else None
            outcomes = audit(arguments.file, _suites(arguments.file), scope)
            if arguments.record:
                record(arguments.file, outcomes)
    except (RuntimeError, WarehouseError, duckdb.Error) as error:
        print(error, file=sys.stderr)
        return 3
    summary = _summary(outcomes, scope)
    print(json.dumps(summary))
    return 1 if summary["critical"] else 0


if __name__ == "__main__":
    sys.exit(main())
