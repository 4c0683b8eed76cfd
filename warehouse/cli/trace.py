"""`otlp-warehouse trace`: one trace as a waterfall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from warehouse.cli.options import DEFAULT_LAKE, JsonOption, LakeOption

if TYPE_CHECKING:
    from warehouse.waterfall.rows import Row, Trace
    from warehouse.waterfall.tree import Node


def trace(
    trace_id: Annotated[
        str, typer.Argument(help="Trace id in hex; its first digits suffice. A traceparent is taken too.")
    ],
    lake: LakeOption = DEFAULT_LAKE,
    limit: Annotated[int, typer.Option(min=1, help="Spans shown at most.")] = 500,
    as_json: JsonOption = False,
) -> None:
    """Draw an assembled trace: services, durations, the critical path, errors, events, links and violations.

    Examples:

      otlp-warehouse trace 4bf92f3577b34da6a3ce929d0e0e4736

      otlp-warehouse trace 4bf9

      otlp-warehouse trace 4bf92f3577b34da6a3ce929d0e0e4736 --json
    """
    from warehouse.cli.screen import print_json
    from warehouse.waterfall.rows import read_trace
    from warehouse.waterfall.tree import nodes

    found = read_trace(lake, trace_id)
    ordered = nodes(found)
    if as_json:
        print_json(_object(found, ordered[:limit], len(ordered)))
    else:
        _print(found, ordered[:limit], len(ordered))


def _object(found: Trace, shown: list[Node], total: int) -> dict[str, Any]:
    """`spans` are in tree order, each with its `level` and what hangs on it."""
    spans = [
        _plain(node.span)
        | {
            "level": node.level,
            "events": [_plain(row) for row in node.events],
            "links": [_plain(row) for row in node.links],
            "violations": [_plain(row) for row in node.violations],
        }
        for node in shown
    ]
    of_trace = [_plain(row) for row in found.violations if row["span_id"] is None]
    return _plain(found.trace) | {
        "violations": of_trace,
        "spans": spans,
        "spans_left_out": total - len(shown),
    }


def _plain(row: Row) -> dict[str, Any]:
    from warehouse.cli.rows import plain

    return {name: plain(value) for name, value in row.items()}


def _print(found: Trace, shown: list[Node], total: int) -> None:
    from rich.text import Text

    from warehouse.cli.screen import console, count
    from warehouse.cli.trace_waterfall import LEGEND, waterfall

    screen = console()
    for line in waterfall(found, shown, screen.width):
        screen.print(line, highlight=False)
    for row in found.violations:
        if row["span_id"] is None:
            screen.print(Text(f"⚠ {row['constraint_id']} {row['severity']}: {row['detail']}", "yellow"))
    if total > len(shown):
        screen.print(f"{count(total - len(shown))} more spans: --limit {total} shows all.", highlight=False)
    fixes = list(dict.fromkeys(row["fix"] for row in found.violations if row["severity"] != "info"))
    if fixes:
        screen.print(Text("What to do:", "bold"))
    for fix in fixes:
        screen.print(f"- {fix}", highlight=False, markup=False)
    screen.print(Text(LEGEND, "dim"))
