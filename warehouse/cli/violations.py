"""Violations of a constraint, one by one, each with what to do about it."""

from __future__ import annotations

from typing import Any

from rich.padding import Padding
from rich.text import Text

from warehouse.cli.screen import console, count, counted, one_line, table
from warehouse.errors import USAGE, WarehouseError
from warehouse.integrity.constraints import CONSTRAINTS, SEVERITIES
from warehouse.stores.places import Place

_TABLE_WIDTH = 110
_ID = 12
"""Digits of a trace id that are shown: `trace` takes them."""
_OF_BUILDS = "CARDINALITY"
"""Told of services with more operations than cubes keep."""
_GROUPS = 5
_GROUP = ("service_name", "finding", "violations")
_STYLES = {"error": "bright_red", "warning": "yellow", "info": "dim"}
_COLUMNS = ("event_date", "severity", "finding", "trace_id", "span_id", "stream_key", "resource_key")


def listed(lake: Place, constraint: str, limit: int) -> dict[str, Any]:
    """The object of `check --constraint --json`: counts by severity, the services and findings with the
    `most` violations, and the first violations, newest dates and gravest first.

    Raises WarehouseError when there is no lake or no such constraint.
    """
    from warehouse.cli import lake_facts
    from warehouse.cli.rows import plain

    known = CONSTRAINTS.get(constraint.upper())
    if constraint.upper() == _OF_BUILDS:
        raise WarehouseError(
            f"{_OF_BUILDS} is found by builds, not in the lake: run `otlp-warehouse sql "
            f"\"from fct_integrity_violations where constraint_id = '{_OF_BUILDS}'\"`.",
            USAGE,
        )
    if known is None:
        raise WarehouseError(
            f"There is no constraint {constraint}: choose one of {', '.join(CONSTRAINTS)}.", USAGE
        )
    with lake_facts.connect(lake) as con:
        counts = dict(
            con.execute(
                "select severity, count(*) from lake.integrity_violations "
                "where constraint_id = $1 group by all",
                [known.id],
            ).fetchall()
        )
        groups = con.execute(
            "select resources.service_name as service_name, finding, count(*) as violations "
            "from lake.integrity_violations left join lake.resources using (resource_key) "
            "where constraint_id = $1 group by all order by violations desc, service_name, finding limit $2",
            [known.id, _GROUPS],
        )
        most = [dict(zip(_GROUP, row, strict=True)) for row in groups.fetchall()]
        found = con.execute(
            f"""
            select {", ".join(_COLUMNS)}, resources.service_name, detail, fix
            from lake.integrity_violations
            left join lake.resources using (resource_key)
            where constraint_id = $1
            order by
                event_date desc,
                list_position({list(SEVERITIES)!r}, severity),
                finding, trace_id, span_id, stream_key, resource_key, detail
            limit $2
            """,
            [known.id, limit],
        )
        names = [column[0] for column in found.description or []]
        rows = [dict(zip(names, map(plain, row), strict=True)) for row in found.fetchall()]
    return {
        "constraint": known.id,
        "description": known.description,
        "severities": {severity: counts.get(severity, 0) for severity in SEVERITIES},
        "most": most,
        "violations": rows,
    }


def show(found: dict[str, Any]) -> None:
    """Print what `listed` found."""
    screen = console()
    total = sum(found["severities"].values())
    screen.print(f"{found['constraint']} holds when: {found['description']}", highlight=False, markup=False)
    if not total:
        screen.print("It holds everywhere.", highlight=False)
        return
    title = _title(found["severities"])
    # Names of spans are the telemetry's: nothing in them steers the terminal.
    rows = [r | {name: one_line(r[name]) for name in ("detail", "fix")} for r in found["violations"]]
    if total > len(rows):
        most = (f"{m['finding']} of {_service(m)} ({count(m['violations'])})" for m in found["most"])
        screen.print(f"Most: {', '.join(most)}", highlight=False, markup=False)
    if screen.width >= _TABLE_WIDTH:
        columns = ("date", "severity", "where", "what is wrong", "what to do")
        cells = [(r["event_date"], r["severity"], _where(r), r["detail"], r["fix"]) for r in rows]
        screen.print(table(title, columns, cells))
    else:
        screen.print(title, highlight=False)
        for row in rows:
            screen.print(
                f"{row['event_date']} {row['severity']}, {_where(row)}",
                style=_STYLES[row["severity"]],
                highlight=False,
                markup=False,
            )
            for mark, name in (("", "detail"), ("→ ", "fix")):
                screen.print(Padding(Text(mark + row[name]), (0, 0, 0, 2)))
    if total > len(rows):
        screen.print(f"{count(total - len(rows))} more: --limit {total} lists all.", highlight=False)


def _title(severities: dict[str, int]) -> str:
    violations = counted(sum(severities.values()), "violation")
    held = [(severity, n) for severity, n in severities.items() if n]
    if len(held) == 1:
        return f"{violations} of severity {held[0][0]}"
    return f"{violations}: {', '.join(f'{count(n)} of severity {severity}' for severity, n in held)}"


def _where(row: dict[str, Any]) -> str:
    if row["trace_id"] is not None:
        return f"trace {row['trace_id'][:_ID]}"
    return f"service {_service(row)}"


def _service(row: dict[str, Any]) -> str:
    return one_line(row["service_name"] or "(unnamed)")
