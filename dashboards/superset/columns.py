"""The columns of a dataset: types from the served file, descriptions from the dbt models."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import yaml

from dashboards.superset.model import Dataset

_MODELS = Path(__file__).parents[2] / "dbt" / "models"


def described_columns(dataset: Dataset, connection: duckdb.DuckDBPyConnection) -> list[Mapping[str, Any]]:
    """One entry per column of the query, as a dataset file lists them.

    Raises:
        ValueError: a column is described neither by the dataset nor by its models.
    """
    found = connection.execute(f"describe {unchosen_sql(dataset.sql)}").fetchall()
    return [_column(dataset, name, kind) for name, kind, *_ in found]


def unchosen_sql(sql: str) -> str:
    """The query as it is when nothing is chosen on the page."""
    lines, skipped = [], False
    for line in sql.splitlines():
        if line.startswith("{% if"):
            skipped = True
        elif line.startswith(("{% else", "{% endif")):
            skipped = False
        if not skipped and not line.startswith("{%"):
            lines.append(line)
    return "\n".join(lines)


def _column(dataset: Dataset, name: str, kind: str) -> Mapping[str, Any]:
    label, description = dataset.columns.get(name) or (None, _model_description(dataset, name))
    return {
        "column_name": name,
        "verbose_name": label or name.replace("_", " ").capitalize(),
        "description": description,
        "type": kind,
        "is_dttm": kind.startswith("TIMESTAMP"),
        "groupby": True,
        "filterable": True,
        "is_active": True,
    }


def _model_description(dataset: Dataset, name: str) -> str:
    for model in dataset.models:
        description = _descriptions().get((model, name))
        if description:
            return description
    raise ValueError(f"column {name} of dataset {dataset.name} has no description in {dataset.models}")


@functools.cache
def _descriptions() -> Mapping[tuple[str, str], str]:
    """(model, column) -> description, from the properties files of the dbt project."""
    found = {}
    for path in sorted(_MODELS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ()):
            for column in model.get("columns", ()):
                found[(model["name"], column["name"])] = column.get("description", "")
    return found
