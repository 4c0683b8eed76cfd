"""The schema page: `python -m warehouse.schemas.markdown` writes SCHEMA.md anew."""

from __future__ import annotations

from pathlib import Path

from warehouse.schemas.model import Table
from warehouse.schemas.registry import TABLES

SCHEMA_PAGE = Path(__file__).with_name("SCHEMA.md")
_HEAD = """\
# Tables of the lake

Generated from the registry in `warehouse/schemas` by `python -m warehouse.schemas.markdown`; a test fails
when it is stale. Times are nanoseconds since 1970-01-01 UTC; `*_key` columns are content hashes.

"""


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f"`{c}`" for c in columns) or "none"


def _section(table: Table) -> str:
    partition = (table.partition,) if table.partition else ()
    lines = [
        f"## {table.name}",
        f"{table.grain}.",
        "",
        f"- key: {_names(table.key)}",
        f"- partition: {_names(partition)}",
        f"- sort: {_names(table.sort)}",
        "",
        "| column | type | null | meaning |",
        "|---|---|---|---|",
        *(
            f"| `{c.name}` | {c.type} | {'yes' if c.nullable else ''} | {c.doc.replace('|', '&#124;')} |"
            for c in table.columns
        ),
    ]
    return "\n".join(lines) + "\n"


def schema_page() -> str:
    """The whole page as Markdown."""
    contents = "\n".join(f"- [{t.name}](#{t.name}): {t.grain}" for t in TABLES.values())
    return _HEAD + contents + "\n\n" + "\n".join(_section(t) for t in TABLES.values())


if __name__ == "__main__":
    SCHEMA_PAGE.write_text(schema_page(), encoding="utf-8")
