"""Running the dbt project in the Spark session of this process."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.serve.project import project_dir, with_declared

NOT_ON_SPARK = "tag:duckdb"
"""Models that only DuckDB builds."""
_NO_DATE = "0001-01-01"


def project_hash() -> str:
    """A hash of the models and macros, those of declared attributes included."""
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory() as folder:
        project = with_declared(project_dir(), Path(folder))
        for room in ("models", "macros"):
            for file in sorted((project / room).rglob("*.*")):
                digest.update(file.read_bytes())
    return digest.hexdigest()


def run_models(out: Path, due: Sequence[str] | None) -> list[str]:
    """Build the models into `out`; of those that are kept by date the dates `due` only, all when None.

    Returns the names of the models that are tables. Raises WarehouseError with the first model that failed.
    """
    if find_spec("dbt.adapters.spark") is None:
        raise WarehouseError("dbt-spark is missing: `pip install 'otlp-warehouse[spark]'`.")
    from dbt.cli.main import dbtRunner

    # dbt asks for Hive with every statement, and Spark Connect says each time that it has its own catalog.
    warnings.filterwarnings("ignore", message="Failed to set spark.sql.catalogImplementation")
    os.environ["OTLP_WAREHOUSE_STAR"] = str(out)
    with tempfile.TemporaryDirectory() as folder:
        project = with_declared(project_dir(), Path(folder))
        command = [
            *("--quiet", "--log-level=none", "--log-level-file=none", "--no-write-json"),
            *("run", "--target=spark", f"--exclude={NOT_ON_SPARK}"),
            *(f"--project-dir={project}", f"--profiles-dir={project}"),
            *(f"--target-path={folder}/target", f"--log-path={folder}/logs"),
            *([] if due is None else [f"--vars={json.dumps({'due_dates': list(due) or [_NO_DATE]})}"]),
        ]
        done = dbtRunner().invoke(command)
    if done.exception is not None:
        raise WarehouseError(f"dbt could not run on Spark: {done.exception}")
    results: Any = done.result
    failed = [r for r in results if r.status not in ("success", "skipped")]
    if failed:
        reason = " ".join(str(failed[0].message).split())
        raise WarehouseError(f"The model {failed[0].node.name} could not be built: {reason}")
    tables = ("table", "by_date")
    return [r.node.name for r in results if getattr(r.node.config, "materialized", "") in tables]
