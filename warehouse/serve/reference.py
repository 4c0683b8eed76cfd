"""The model reference: dbt's documentation of every table and column, as one page that needs no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.serve.dbt_run import dbt_command
from warehouse.serve.project import project_dir, with_declared
from warehouse.serve.served_file import connect

_TRACKER = "//d1fc8wv8zag5ca.cloudfront.net/2.9.0/sp.js"
"""Loaded by dbt's page only when usage statistics are on; without it nothing is remote."""


def write_reference(warehouse: Path, out: Path) -> Path:
    """Write `index.html` into the folder `out` and return its path.

    The page shows descriptions, columns, SQL and lineage of all models, with the types of the served file, of
    which only a copy is opened. Raises WarehouseError when nothing is served yet, or `out` cannot be written.
    """
    connect(warehouse).close()
    with tempfile.TemporaryDirectory(prefix="otlp-warehouse-") as folder:
        file = Path(shutil.copy(warehouse, folder))
        project = with_declared(project_dir(), Path(folder))
        done = subprocess.run(
            dbt_command(project, Path(folder), "--log-level-file=none", "docs", "generate", "--static"),
            env=os.environ | {"OTLP_WAREHOUSE_BUILD_FILE": str(file)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = " ".join(done.stdout.split())[-300:] or f"exit code {done.returncode}"
            raise WarehouseError(f"The reference of the models could not be written: {reason}")
        page = (Path(folder) / "target" / "static_index.html").read_text(encoding="utf-8")
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "index.html").write_text(page.replace(_TRACKER, ""), encoding="utf-8")
    except OSError as error:
        raise WarehouseError(f"{out} cannot be written ({error.strerror}): choose another --out.") from error
    return out / "index.html"
