"""What dbt reads of the registry: its sources and the promoted attributes, rendered as project files.

`python -m warehouse.schemas.dbt_sources DBT_PROJECT` writes both files into a dbt project.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from warehouse.schemas.model import Column, ColumnType, Table
from warehouse.schemas.promoted import Promoted, declared, promoted
from warehouse.schemas.registry import TABLES

SOURCES_FILE = Path("models/staging/_lake__sources.yml")
PROMOTED_FILE = Path("macros/promoted_attributes.sql")

DUCKDB_TYPE: dict[ColumnType, str] = {
    "bigint": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "string": "VARCHAR",
    "binary": "BLOB",
    "date": "DATE",
    "map": "MAP(VARCHAR, VARCHAR)",
    "list<double>": "DOUBLE[]",
    "list<bigint>": "BIGINT[]",
}
_HEADER = (
    "Rendered from the table registry (python -m warehouse.schemas.dbt_sources dbt); not edited by hand."
)


def _column(column: Column) -> str:
    return (
        f"          - name: {column.name}\n"
        f"            data_type: {DUCKDB_TYPE[column.type]}\n"
        f"            description: {json.dumps(column.doc, ensure_ascii=False)}\n"
    )


def _table(table: Table) -> str:
    columns = "".join(_column(c) for c in table.columns)
    return (
        f"      - name: {table.name}\n"
        f"        description: {json.dumps(table.grain, ensure_ascii=False)}\n"
        f"        columns:\n{columns}"
    )


def render_sources() -> str:
    """The sources file: one source `lake` with every table and column of the registry."""
    tables = "".join(_table(t) for t in TABLES.values())
    return (
        f"# {_HEADER}\n"
        "version: 2\n\n"
        "sources:\n"
        "  - name: lake\n"
        "    schema: lake\n"
        "    description: Views over the Delta tables of one complete ingest batch\n"
        f"    tables:\n{tables}"
    )


def _attribute(attribute: Promoted) -> str:
    value: dict[str, object] = {
        "sql_type": DUCKDB_TYPE[attribute.column.type].lower(),
        "aliases": list(attribute.aliases),
        "tables": list(attribute.tables),
    }
    if attribute in declared():
        value["is_declared"] = True
    if attribute.lookup:
        value["is_lookup"] = True
    return f"    {json.dumps(attribute.key)}: {json.dumps(value)}"


def render_promoted_macro() -> str:
    """The macro file that tells `attr()` types, older names and tables of every promoted attribute."""
    entries = ",\n".join(_attribute(a) for a in promoted())
    return (
        f"{{#- {_HEADER} -#}}\n"
        "{% macro promoted_attributes() -%}\n"
        f"{{%- do return({{\n{entries}\n}}) -%}}\n"
        "{%- endmacro %}\n"
    )


def write(project: Path) -> None:
    """Write both files into the dbt project folder."""
    (project / SOURCES_FILE).write_text(render_sources(), encoding="utf-8")
    (project / PROMOTED_FILE).write_text(render_promoted_macro(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
