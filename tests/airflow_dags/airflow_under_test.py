"""The Airflow of `.venv-airflow`, with a home of its own and the DAGs of this checkout."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[2]
DAGS = ROOT / "airflow_dags"
BIN = ROOT / ".venv-airflow" / "bin"
SOURCE = "*-{date}.jsonl"
# They tell which run read a record, which differs with the runs.
_OF_THE_RUN = {"ingest_batch", "batch_id", "ingested_at", "ingested_at_unix_nano"}
_NOT_CONTENT = ("fct_quality_results", "built_models", "built_dates", "redone_dates")


@dataclass(frozen=True)
class Airflow:
    """AIRFLOW_HOME and the environment of every process."""

    home: Path
    env: dict[str, str]

    def run(self, *arguments: str, timeout: int = 400, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BIN / "airflow", *arguments],
            env=self.env | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )

    def query(self, sql: str, *values: str) -> list[tuple[str, ...]]:
        """Rows of Airflow's own database."""
        with sqlite3.connect(f"file:{self.home / 'airflow.db'}?mode=ro", uri=True, timeout=60) as con:
            return con.execute(sql, values).fetchall()

    def last_states(self, dag: str) -> dict[str, str]:
        """State by task of the last run; a mapped task's is that of its last instance."""
        rows = self.query(
            "select task_id, state from task_instance where dag_id = ? and run_id = "
            "(select run_id from dag_run where dag_id = ? order by id desc limit 1) order by map_index",
            dag,
            dag,
        )
        return dict(rows)  # type: ignore[arg-type]


def airflow_environment(home: Path, dags: Path = DAGS) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW_", "OTLP_WAREHOUSE_"))}
    return inherited | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "false",
        "OTLP_WAREHOUSE_BIN": str(Path(sys.executable).parent),
        "OTLP_WAREHOUSE_JOBS": str(ROOT / "jobs"),
        "OTLP_WAREHOUSE_RETRY_SECONDS": "2",
        "PYTHONPATH": str(ROOT),
    }


def variables(folder: Path, exports: Path) -> dict[str, str]:
    """The Airflow variables of an installation whose data lies in `folder`."""
    return {
        "AIRFLOW_VAR_OTLP_SOURCE": str(exports / SOURCE),
        "AIRFLOW_VAR_OTLP_LAKE": str(folder / "lake"),
        "AIRFLOW_VAR_OTLP_WAREHOUSE": str(folder / "warehouse.duckdb"),
    }


def new_airflow(home: Path, template: Path | None = None, **env: str) -> Airflow:
    """An Airflow with an empty database, copied from another one where that is given."""
    made = Airflow(home, airflow_environment(home) | env)
    if template:
        shutil.copytree(template, home)
        config = home / "airflow.cfg"
        config.write_text(
            config.read_text(encoding="utf-8").replace(str(template), str(home)), encoding="utf-8"
        )
        return made
    for arguments in (["db", "migrate"], ["pools", "set", "otlp_warehouse", "1", "One writer at a time"]):
        done = made.run(*arguments)
        assert done.returncode == 0, done.stdout
    return made


def sentences(output: str) -> list[str]:
    """What tasks that failed for good said, and why tasks were skipped."""
    said = re.findall(r"(\w+ stopped at \w+\. .*?) When that is mended", output)
    return said + re.findall(r"Skipping task\. .*?reason='?(.*?)'?$", output, re.MULTILINE)


def served_content(file: Path) -> dict[str, tuple[int, int | None]]:
    """Rows and sum of row hashes of every table and view that dbt made, whatever run brought the rows."""
    columns: Mapping[str, str] = {}
    with duckdb.connect(str(file), read_only=True) as con:
        tables = con.execute(
            "select table_schema || '.' || table_name, list(column_name order by ordinal_position) "
            "from information_schema.columns where table_schema in ('main', 'intermediate') "
            "and not list_contains($1, table_name) group by all order by all",
            [list(_NOT_CONTENT)],
        ).fetchall()
        columns = {
            name: ", ".join(f'"{c}"' for c in sorted(held) if c not in _OF_THE_RUN) for name, held in tables
        }
        return {
            name: con.sql(f"select count(*), sum(hash(row({kept}))::hugeint) from {name}").fetchall()[0]
            for name, kept in columns.items()
        }
