"""Where the dbt project lies: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

import warehouse
from warehouse.schemas import dbt_sources
from warehouse.schemas.promoted import declared, promoted_in

_FACTS = {"fct_spans": "spans", "fct_span_events": "span_events", "fct_log_records": "log_records"}
"""Facts that show the promoted columns of a lake table."""


def project_dir() -> Path:
    """The folder of dbt_project.yml; it may be read-only, so nothing is written there.

    Raises FileNotFoundError when the installation holds no dbt project.
    """
    package = Path(warehouse.__file__).resolve().parent
    for folder in (package / "_project" / "dbt", package.parent / "dbt"):
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise FileNotFoundError(
        "The dbt project is missing from this installation; install otlp-warehouse again."
    )


def with_declared(project: Path, folder: Path) -> Path:
    """The project itself, or a copy in `folder` whose facts show the attributes that the lake declares."""
    if not declared():
        return project
    copy = folder / "project"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("target", "logs"))
    dbt_sources.write(copy)
    for file in (copy / "models" / "marts" / "core").glob("*.yml"):
        _extend(file)
    return copy


def _extend(file: Path) -> None:
    """Add the declared attributes to the contracts of the facts that a file describes."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    for model in document.get("models", ()):
        table = _FACTS.get(model["name"], "")
        model["columns"] += [
            {
                "name": attribute.column.name,
                "data_type": dbt_sources.DUCKDB_TYPE[attribute.column.type].lower(),
                "description": attribute.column.doc,
            }
            for attribute in promoted_in(table)
            if attribute in declared()
        ]
    file.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
