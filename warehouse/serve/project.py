"""Where the dbt project lies: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import warehouse


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
