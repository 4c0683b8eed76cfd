"""Write the dashboards as the files that Superset imports.

`python -m dashboards.superset.bundle WAREHOUSE` reads the columns' types from a served file and writes
`dashboards/superset/bundle/`. Identifiers are hashes of
names: importing again replaces what an earlier import made.
"""

from __future__ import annotations

import io
import sys
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import yaml

from dashboards.superset.chart_files import chart_file
from dashboards.superset.columns import described_columns
from dashboards.superset.datasets import DATASETS
from dashboards.superset.model import Dataset
from dashboards.superset.page_files import page_file
from dashboards.superset.pages import DASHBOARDS

BUNDLE = Path(__file__).parent / "bundle"
DATABASE = "OpenTelemetry warehouse"
_VERSION = "1.0.0"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "otlp-warehouse/superset")
# Superset asks for a time; a fixed one keeps the committed files equal from one writing to the next.
_TIMESTAMP = "2026-11-01T00:00:00+00:00"


def identifier(kind: str, name: str) -> str:
    """The UUID of a database, dataset, chart or dashboard of that name."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{name}"))


def bundle_files(warehouse: Path) -> dict[str, str]:
    """Path in the bundle -> YAML text, with the column types of the served file."""
    files: dict[str, Mapping[str, Any]] = {
        "metadata.yaml": _metadata("Dashboard"),
        "databases/warehouse.yaml": _database_file("duckdb:///.data/warehouse.duckdb"),
    }
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for dataset in DATASETS:
            files[f"datasets/{dataset.name}.yaml"] = _dataset_file(dataset, connection)
    for dashboard in DASHBOARDS:
        names = {
            chart.title: identifier("chart", f"{dashboard.slug}/{chart.title}") for chart in dashboard.charts
        }
        for chart in dashboard.charts:
            name = f"charts/{dashboard.slug}_{_slug(chart.title)}.yaml"
            files[name] = {
                "uuid": names[chart.title],
                "dataset_uuid": identifier("dataset", chart.dataset.name),
                "version": _VERSION,
            } | chart_file(chart)
        datasets = {target.name: identifier("dataset", target.name) for _, target, _ in dashboard.filters}
        files[f"dashboards/{dashboard.slug}.yaml"] = {
            "uuid": identifier("dashboard", dashboard.slug),
            "version": _VERSION,
        } | page_file(dashboard, names, datasets)
    return {
        path: yaml.safe_dump(dict(content), sort_keys=False, width=110) for path, content in files.items()
    }


def zipped(files: Mapping[str, str], warehouse: Path) -> bytes:
    """The bundle as the ZIP that `import_assets` takes, for one served file."""
    database = _database_file(f"duckdb:///{warehouse.resolve()}")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            if path.startswith("databases/"):
                text = yaml.safe_dump(dict(database), sort_keys=False)
            elif path == "metadata.yaml":
                text = yaml.safe_dump(_metadata("assets"), sort_keys=False)
            archive.writestr(f"otlp-warehouse/{path}", text)
    return content.getvalue()


def committed_files() -> dict[str, str]:
    """The bundle as it lies in the project."""
    return {
        str(path.relative_to(BUNDLE)): path.read_text(encoding="utf-8")
        for path in sorted(BUNDLE.rglob("*.yaml"))
    }


def _metadata(kind: str) -> dict[str, str]:
    return {"version": _VERSION, "type": kind, "timestamp": _TIMESTAMP}


def _database_file(uri: str) -> Mapping[str, Any]:
    connect = {"read_only": True, "config": {"autoinstall_known_extensions": "false"}}
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": uri,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"engine_params": {"connect_args": connect}, "allows_virtual_table_explore": True},
        "uuid": identifier("database", DATABASE),
        "version": _VERSION,
    }


def _dataset_file(dataset: Dataset, connection: duckdb.DuckDBPyConnection) -> Mapping[str, Any]:
    metrics = [
        {
            "metric_name": metric.name,
            "verbose_name": metric.label,
            "expression": metric.sql,
            "description": metric.description,
            "d3format": metric.number_format or None,
        }
        for metric in dataset.metrics
    ]
    return {
        "table_name": dataset.name,
        "description": dataset.description,
        "main_dttm_col": dataset.time_column,
        "schema": "main",
        "sql": dataset.sql,
        "filter_select_enabled": True,
        "normalize_columns": False,
        "always_filter_main_dttm": False,
        "metrics": metrics,
        "columns": described_columns(dataset, connection),
        "uuid": identifier("dataset", dataset.name),
        "database_uuid": identifier("database", DATABASE),
        "version": _VERSION,
    }


def _slug(title: str) -> str:
    words = "".join(letter.lower() if letter.isalnum() else " " for letter in title).split()
    return "_".join(words)


def main() -> None:
    """Write the bundle anew."""
    files = bundle_files(Path(sys.argv[1]))
    for old in BUNDLE.rglob("*.yaml"):
        old.unlink()
    for path, text in files.items():
        target = BUNDLE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
