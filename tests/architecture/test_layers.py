"""Imports go one way: the table of warehouse/LAYERS.md, checked on every source file."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAY_IMPORT: dict[str, set[str]] = {
    "warehouse.amounts": set(),
    "warehouse.errors": set(),
    "warehouse.heap": set(),
    "warehouse.runs": {"warehouse.errors"},
    "warehouse.telemetry": {"warehouse.errors"},
    "warehouse.stores": {"warehouse.errors"},
    "warehouse.schemas": {"warehouse.errors", "warehouse.stores"},
    "warehouse.otlp": {"warehouse.errors", "warehouse.stores", "warehouse.schemas", "warehouse._native"},
    "warehouse.lake": {
        "warehouse.heap",
        "warehouse.telemetry",
        "warehouse.errors",
        "warehouse.stores",
        "warehouse.schemas",
        "warehouse.otlp",
        "warehouse._native",
    },
    "warehouse.integrity": {"warehouse.errors", "warehouse.stores", "warehouse.schemas"},
    "warehouse.traces": {
        "warehouse.heap",
        "warehouse.telemetry",
        "warehouse.errors",
        "warehouse.stores",
        "warehouse.schemas",
        "warehouse.integrity",
        "warehouse.lake",
        "warehouse._native",
    },
    "warehouse.spark": {
        "warehouse.runs",
        "warehouse.telemetry",
        "warehouse.errors",
        "warehouse.stores",
        "warehouse.schemas",
        "warehouse.otlp",
        "warehouse.lake",
        "warehouse.traces",
        "warehouse._native",
        "warehouse.serve",
    },
    "warehouse.serve": {
        "warehouse.telemetry",
        "warehouse.errors",
        "warehouse.stores",
        "warehouse.schemas",
        "warehouse.lake",
        "warehouse.traces",
        "warehouse._native",
    },
    "warehouse.waterfall": {
        "warehouse.errors",
        "warehouse.stores",
        "warehouse.schemas",
        "warehouse.lake",
        "warehouse.traces",
    },
    "warehouse.report": {
        "warehouse.telemetry",
        "warehouse.amounts",
        "warehouse.errors",
        "warehouse.serve",
        "warehouse.waterfall",
    },
    "warehouse.api": {"warehouse.errors", "warehouse.serve"},
    "warehouse.demo": set(),
    "warehouse.cli": {
        "warehouse.runs",
        "warehouse.telemetry",
        "warehouse.amounts",
        "warehouse.errors",
        "warehouse.stores",
        "warehouse.schemas",
        "warehouse.otlp",
        "warehouse.lake",
        "warehouse.integrity",
        "warehouse.traces",
        "warehouse.spark",
        "warehouse.serve",
        "warehouse.waterfall",
        "warehouse.report",
        "warehouse.demo",
        "data_quality",
    },
    "data_quality": {
        "warehouse.telemetry",
        "warehouse.amounts",
        "warehouse.errors",
        "warehouse.schemas",
        "warehouse.integrity",
        "warehouse.lake",
        "warehouse.serve",
    },
    "jobs": {"warehouse"},
    "pyspark_otlp": {"warehouse.spark"},
    "dashboards": {"warehouse.errors", "warehouse.serve"},
}
"""Room -> the rooms whose modules its own may import, besides itself."""


def _room(module: str) -> str | None:
    """The longest declared room that holds the module; `warehouse` itself for what lies in no room."""
    found = [room for room in MAY_IMPORT if module == room or module.startswith(room + ".")]
    if found:
        return max(found, key=len)
    if module.split(".")[0] == "warehouse":
        return ".".join(module.split(".")[:2])
    return None


def _imports(source: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "warehouse":
                names.update(f"warehouse.{alias.name}" for alias in node.names)
            else:
                names.add(node.module)
    return names


def _sources() -> list[Path]:
    rooms = ("warehouse", "jobs", "data_quality", "dashboards", "pyspark_otlp")
    return [p for room in rooms for p in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("source", _sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_follow_the_layers(source: Path) -> None:
    module = ".".join(source.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    room = _room(module)
    if room is None or room not in MAY_IMPORT:
        assert module == "warehouse", f"{module} lies in no declared room"
        return
    allowed = MAY_IMPORT[room] | {room}
    for name in _imports(source):
        target = _room(name)
        if target not in (None, "warehouse"):
            assert any(target == a or target.startswith(a + ".") for a in allowed), f"{module} imports {name}"


def test_a_forbidden_import_is_found(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text("def f():\n    from warehouse.cli import main\n", encoding="utf-8")
    assert _room(next(iter(_imports(source)))) == "warehouse.cli"
    assert "warehouse.cli" not in MAY_IMPORT["warehouse.lake"]


@pytest.mark.parametrize(
    "module", ["warehouse", "warehouse.cli.main", "warehouse.lake.ingest", "warehouse.lake.snapshot"]
)
def test_heavy_packages_load_late(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "print(*[m for m in ('pyspark', 'dbt', 'great_expectations', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_files_hold_one_subject() -> None:
    """Files of the product stay below 300 lines."""
    suffixes = (".py", ".rs", ".sql")
    files = [
        p
        for room in (
            "warehouse",
            "jobs",
            "data_quality",
            "dashboards",
            "dbt",
            "native/src",
            "airflow_dags",
            "benchmarks",
            "tests",
        )
        for p in (ROOT / room).rglob("*")
        if p.suffix in suffixes and p.is_file()
    ]
    long = {str(p.relative_to(ROOT)): n for p in files if (n := p.read_text().count("\n")) > 300}
    assert files and long == {}
