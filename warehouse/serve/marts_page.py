"""The page of the star's tables: `python -m warehouse.serve.marts_page` writes dbt/MARTS.md anew."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from warehouse.schemas.registry import TABLES
from warehouse.serve.project import project_dir

MARTS_PAGE = "MARTS.md"
_QUESTIONS = "questions.toml"
_FOLDERS = {"core": "Dimensions and facts", "cubes": "Cubes", "quality": "Quality"}
_HEAD = """\
# Tables of the star

What the served DuckDB file holds, the grain of each table, its key, and two questions that it answers.
Generated from the dbt project by `python -m warehouse.serve.marts_page`; a test fails when it is stale,
and another runs every question. Ask with `otlp-warehouse sql`, or with any DuckDB client. Columns are
described in `otlp-warehouse docs` and in the file itself, as comments:
`select column_name, comment from duckdb_columns() where table_name = 'fct_spans'`.

"""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to know, and the SQL that tells."""

    ask: str
    sql: str


@dataclass(frozen=True, slots=True)
class Mart:
    """One table of the star. `key` is empty when rows have none."""

    name: str
    part: str
    description: str
    key: tuple[str, ...]
    questions: tuple[Question, ...]


def marts() -> list[Mart]:
    """Every table of the star: dimensions and facts, cubes, quality, each by name."""
    project = project_dir()
    asked = tomllib.loads((project / _QUESTIONS).read_text(encoding="utf-8"))
    return [
        Mart(
            model["name"],
            part,
            " ".join(model["description"].split()),
            _key(model),
            tuple(Question(q["ask"], q["sql"].strip()) for q in asked.get(model["name"], ())),
        )
        for folder, part in _FOLDERS.items()
        for model in sorted(_models(project / "models" / "marts" / folder), key=lambda m: str(m["name"]))
    ]


def _models(folder: Path) -> list[dict[str, Any]]:
    declared = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.yml")))
    return [model for document in declared for model in document.get("models", ())]


def _key(model: dict[str, Any]) -> tuple[str, ...]:
    """The columns that a test of the model holds to be unique; a fact over the lake has its table's key."""
    for test in model.get("data_tests", ()):
        if isinstance(test, dict) and "unique_key" in test:
            return tuple(test["unique_key"]["arguments"]["columns"])
    table = TABLES.get(model["name"].removeprefix("fct_"))
    return table.key if table else ()


def _section(mart: Mart) -> str:
    key = ", ".join(f"`{column}`" for column in mart.key) or "none"
    questions = "\n".join(f"{q.ask}\n\n```sql\n{q.sql}\n```\n" for q in mart.questions)
    return f"### {mart.name}\n\n{mart.description}\n\nKey: {key}\n\n{questions}"


def marts_page() -> str:
    """The whole page as Markdown."""
    found = marts()
    contents = "".join(
        f"- [{m.name}](#{m.name}): {m.description.split('. ')[0].rstrip('.')}\n" for m in found
    )
    parts = (
        f"## {part}\n\n" + "\n".join(_section(m) for m in found if m.part == part)
        for part in _FOLDERS.values()
    )
    return _HEAD + contents + "\n" + "\n".join(parts)


if __name__ == "__main__":
    (project_dir() / MARTS_PAGE).write_text(marts_page(), encoding="utf-8")
