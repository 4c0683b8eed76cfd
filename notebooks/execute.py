"""`make notebooks`: run the notebooks on a published warehouse and keep them as HTML pages.

`execute` is what the tests call: what they prove of a notebook is what this command writes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import jupytext
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from warehouse.errors import WarehouseError
from warehouse.serve.served_file import connect
from warehouse.spark.installation import spark_home

FOLDER = Path(__file__).parent
NOTEBOOKS = tuple(sorted(FOLDER.glob("[0-9]*.py")))
_SECONDS_A_CELL = 300


def execute(notebook: Path, warehouse: Path, lake: Path) -> NotebookNode:
    """The notebook with the outputs of its cells.

    Raises:
        WarehouseError: a cell failed.
    """
    os.environ |= {
        "OTLP_WAREHOUSE_WAREHOUSE": str(warehouse.absolute()),
        "OTLP_WAREHOUSE_LAKE": str(lake.absolute()),
        "OTLP_WAREHOUSE_EXPORTS": str(FOLDER.parent / "examples" / "data"),
        "SPARK_CONF_DIR": str(spark_home() / "conf"),
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(FOLDER.parent),
    }
    content = jupytext.read(notebook)
    # Sockets of this user's alone, where ports would be open to everyone on the machine.
    sockets = Config({"KernelManager": {"transport": "ipc"}})
    client = NotebookClient(content, timeout=_SECONDS_A_CELL, kernel_name="python3", config=sockets)
    try:
        return client.execute()
    except CellExecutionError as error:
        raise WarehouseError(f"{notebook.name} failed: {error.ename}: {error.evalue}") from error


def page(executed: NotebookNode) -> str:
    """The notebook as an HTML page that loads nothing from elsewhere."""
    text, _ = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="").from_notebook_node(executed)
    return str(text)


def main(given: Sequence[str] | None = None) -> int:
    """Execute all notebooks; exit code 3 when one could not."""
    parser = argparse.ArgumentParser(prog="notebooks", description=__doc__)
    parser.add_argument("--warehouse", type=Path, default=Path(".data/demo/warehouse.duckdb"))
    parser.add_argument("--lake", type=Path, default=Path(".data/demo/lake"))
    parser.add_argument("--out", type=Path, default=Path(".data/notebooks"))
    asked = parser.parse_args(given)
    try:
        connect(asked.warehouse).close()
        asked.out.mkdir(parents=True, exist_ok=True)
        for notebook in NOTEBOOKS:
            written = asked.out / f"{notebook.stem}.html"
            written.write_text(page(execute(notebook, asked.warehouse, asked.lake)), encoding="utf-8")
            print(written, flush=True)
    except WarehouseError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
