"""The page of constraints: `python -m warehouse.integrity.page` writes CONSTRAINTS.md anew."""

from __future__ import annotations

from pathlib import Path

from warehouse.integrity.constraints import CONSTRAINTS, Constraint
from warehouse.integrity.finding import Finding
from warehouse.integrity.findings import FINDINGS
from warehouse.integrity.peers import CONNECTION_KINDS

CONSTRAINTS_PAGE = Path(__file__).with_name("CONSTRAINTS.md")
_HEAD = """\
# Integrity constraints

Generated from the registry in `warehouse/integrity` by `python -m warehouse.integrity.page`; a test fails
when it is stale. Every violation is a row of the lake table `integrity_violations`, and of
`fct_integrity_violations`. The bits of the constraints that a span or trace violates are set in its column
`issues`; violations of severity info set none. `otlp-warehouse check --constraint IC2` lists violations
with what to do about them.

A span whose id is missing or all zero belongs to no trace. A child of it that names zeros is a root and
violates TYPE (`zero_parent_id`), so each is counted; one that names nothing cannot be told from a root. A
span with an id of another length is a parent like any other.

| constraint | bit | signal | holds when |
|---|---|---|---|
"""
_PEERS = """
## Connections

The kind of connection of a call is the first of these one of whose attributes the span has; without any it is
`messaging` for a PRODUCER span and `other` for the rest.

| kind | attributes |
|---|---|
"""


def _finding(finding: Finding) -> str:
    cells = (f"`{finding.name}`", finding.severity, finding.detail, finding.fix)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _section(constraint: Constraint) -> str:
    findings = [_finding(f) for f in FINDINGS.values() if f.constraint == constraint.id]
    lines = [
        f"## {constraint.id}",
        constraint.description,
        "",
        constraint.remedy,
        "",
        "| finding | severity | what is wrong | what to do |",
        "|---|---|---|---|",
        *findings,
    ]
    return "\n".join(lines) + "\n"


def constraints_page() -> str:
    """The whole page as Markdown."""
    rows = (f"| [{c.id}](#{c.id.lower()}) | {c.bit} | {c.signal} | {c.description} |\n" for c in _all())
    kinds = (f"| {kind} | {', '.join(f'`{key}`' for key in keys)} |\n" for kind, keys in CONNECTION_KINDS)
    return _HEAD + "".join(rows) + "\n" + "\n".join(map(_section, _all())) + _PEERS + "".join(kinds)


def _all() -> list[Constraint]:
    return list(CONSTRAINTS.values())


if __name__ == "__main__":
    CONSTRAINTS_PAGE.write_text(constraints_page(), encoding="utf-8")
