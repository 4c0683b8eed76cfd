"""`otlp-warehouse trace`: one trace as a waterfall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from warehouse.cli.options import DEFAULT_LAKE, JsonOption, LakeOption

if TYPE_CHECKING:
    from warehouse.waterfall.rows import Trace
    from warehouse.waterfall.tables import Row
    from warehouse.waterfall.tree import Node


def trace(
    trace_id: Annotated[
        str, typer.Argument(help="Trace id in hex; its first digits suffice. A traceparent is taken too.")
    ],
    lake: LakeOption = DEFAULT_LAKE,
    limit: Annotated[int, typer.Option(min=1, help="Spans shown at most.")] = 500,
    errors: Annotated[
        bool, typer.Option("--errors", help="Show only spans that failed, and what called them.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Draw an assembled trace: services, durations, the critical path, errors, events, links and violations.

    Of a trace with more than 50,000 spans these are the earliest.

    Examples:

      otlp-warehouse trace 4bf92f3577b34da6a3ce929d0e0e4736

      otlp-warehouse trace 4bf9 --errors

      otlp-warehouse trace 4bf92f3577b34da6a3ce929d0e0e4736 --json
    """
    from warehouse.cli.screen import print_json
    from warehouse.waterfall.rows import StoredTrace
    from warehouse.waterfall.tree import detailed, failed, nodes

    stored = StoredTrace(lake, trace_id)
    found = stored.outline()
    ordered = failed(nodes(found.spans)) if errors else nodes(found.spans)
    ids = [node.span["span_id"] for node in ordered[:limit]]
    shown = detailed(ordered[:limit], stored.details(ids))
    if as_json:
        whole = {row["span_id"]: row for row in stored.spans(ids)}
        print_json(_object(found, shown, whole, len(ordered) + found.unread))
    else:
        _print(found, shown, ordered[limit:])


def _object(found: Trace, shown: list[Node], whole: dict[str, Row], total: int) -> dict[str, Any]:
    """`spans` are in tree order, each with its `level` and what hangs on it."""
    spans = [
        _plain(whole[node.span["span_id"]])
        | {
            "level": node.level,
            "events": [_plain(row) for row in node.events],
            "links": [_plain(row) for row in node.links],
            "violations": [_plain(row) for row in node.violations],
        }
        for node in shown
    ]
    return _plain(found.trace) | {
        "violations": [_plain(row) for row in found.violations],
        "spans": spans,
        "spans_left_out": total - len(shown),
    }


def _plain(row: Row) -> dict[str, Any]:
    from warehouse.cli.rows import plain

    return {name: plain(value) for name, value in row.items()}


def _print(found: Trace, shown: list[Node], left_out: list[Node]) -> None:
    from warehouse.cli.screen import console, print_lines
    from warehouse.cli.trace_waterfall import closing, waterfall

    screen = console()
    lines = waterfall(found, shown, screen.width)
    print_lines(screen, (*lines, *closing(found, shown, left_out, screen.width)))
