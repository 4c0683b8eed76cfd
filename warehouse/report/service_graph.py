"""The service map: who calls whom, how often, and where calls fail."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warehouse.report import units
from warehouse.report.graph_layout import Layout, lay_out
from warehouse.report.rows import Row
from warehouse.report.svg import drawing, tag, text, title

MOST_NODES = 60
"""Nodes that a picture can hold; the least called ones are left out and counted."""
_LAYER, _ROW, _WIDTH, _TALL, _MARGIN = 186, 38, 132, 30, 12
_LETTERS = 17
_WARN, _BAD = 0.01, 0.05


@dataclass(frozen=True, slots=True)
class Graph:
    """The picture, and how many nodes and calls it leaves out."""

    svg: str
    nodes_left_out: int


def service_graph(calls: Sequence[Row], services: Sequence[Row], seconds: float) -> Graph:
    """Edges as wide as their calls are many; colour where more than 1 % or 5 % of them fail."""
    weight: dict[str, int] = {}
    for row in calls:
        weight[row["caller"]] = weight.get(row["caller"], 0) + row["call_count"]
        weight[row["callee"]] = weight.get(row["callee"], 0) + row["call_count"]
    ordered = sorted(weight, key=lambda name: (-weight[name], name))
    kept = set(ordered[:MOST_NODES])
    shown = _merged(
        [r for r in calls if r["caller"] in kept and r["callee"] in kept and r["caller"] != r["callee"]]
    )
    layout = lay_out(ordered[:MOST_NODES], [(r["caller"], r["callee"]) for r in shown])
    width = (layout.layers - 1) * _LAYER + _WIDTH + 2 * _MARGIN
    height = math.ceil((layout.rows - 1) * _ROW + _TALL + 2 * _MARGIN)
    most = max((r["call_count"] for r in shown), default=1)
    by_name = {row["service_name"]: row for row in services}
    inferred = {r["callee"]: r["callee_type"] for r in shown if r["is_inferred"]}
    label = f"Service map of {len(layout.places)} services and peers; the table below lists their calls"
    svg = drawing(
        width,
        height,
        label,
        *(_edge(layout, row, most) for row in sorted(shown, key=lambda r: r["error_ratio"])),
        *(
            part
            for name in layout.places
            for part in _node(layout, name, by_name.get(name), inferred.get(name), shown, seconds)
        ),
        class_="graph",
    )
    return Graph(svg, len(ordered) - len(kept))


def _merged(calls: Sequence[Row]) -> list[Row]:
    """One edge per pair: kinds of connection between the same two are drawn together."""
    found: dict[tuple[str, str], Row] = {}
    for row in calls:
        pair = row["caller"], row["callee"]
        if pair in found:
            total = found[pair]["call_count"] + row["call_count"]
            errors = sum(r["error_ratio"] * r["call_count"] for r in (found[pair], row))
            p95 = max(r["p95_nano"] or 0 for r in (found[pair], row))
            row = row | {"call_count": total, "error_ratio": errors / total, "p95_nano": p95}
        found[pair] = row
    return list(found.values())


def severity(ratio: float) -> str:
    return "bad" if ratio >= _BAD else "warn" if ratio >= _WARN else "ok"


def _point(layer: float, row: float) -> tuple[float, float]:
    """Left middle of a node."""
    return _MARGIN + layer * _LAYER, _MARGIN + _TALL / 2 + row * _ROW


def _edge(layout: Layout, row: Row, most: int) -> str:
    edge = row["caller"], row["callee"]
    start, end = _point(*layout.places[edge[0]]), _point(*layout.places[edge[1]])
    bends = [_point(layer, height) for layer, height in layout.bends.get(edge, [])]
    if end[0] <= start[0]:  # leads back: below both nodes, from left to right
        low = max(start[1], end[1]) + _ROW * 0.8
        d = f"M{start[0] + _WIDTH / 2:.0f} {start[1] + _TALL / 2:.0f}C{start[0] + _WIDTH / 2:.0f} {low:.0f} "
        d += f"{end[0] + _WIDTH / 2:.0f} {low:.0f} {end[0] + _WIDTH / 2:.0f} {end[1] + _TALL / 2:.0f}"
    else:
        d = f"M{start[0] + _WIDTH:.0f} {start[1]:.1f}"
        x, y = start[0] + _WIDTH, start[1]
        for bend_x, bend_y in bends:
            d += _curve(x, y, bend_x, bend_y) + f"H{bend_x + _WIDTH:.0f}"
            x, y = bend_x + _WIDTH, bend_y
        d += _curve(x, y, end[0], end[1])
    wide = 1 + 4 * math.log1p(row["call_count"]) / math.log1p(most)
    told = (
        f"{edge[0]} → {edge[1]}: {units.amount(row['call_count'])} calls, "
        f"{units.ratio(row['error_ratio'])} failed, p95 {units.latency(row['p95_nano'])}"
    )
    return tag("path", title(told), d=d, class_=f"edge {severity(row['error_ratio'])}", stroke_width=wide)


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = (x + to_x) / 2
    return f"C{middle:.0f} {y:.1f} {middle:.0f} {to_y:.1f} {to_x:.0f} {to_y:.1f}"


def _node(
    layout: Layout, name: str, row: Row | None, peer: str | None, calls: Sequence[Row], seconds: float
) -> Iterator[str]:
    x, y = _point(*layout.places[name])
    if row is not None:
        count, ratio = row["request_count"], row["error_ratio"]
    else:
        incoming = [r for r in calls if r["callee"] == name]
        count = sum(r["call_count"] for r in incoming)
        ratio = sum(r["call_count"] * r["error_ratio"] for r in incoming) / max(count, 1)
    kind = f"node {severity(ratio)}{' peer' if row is None and peer else ''}"
    told = (
        f"{name}{f' ({peer})' if peer else ''}: {units.amount(count)} requests, {units.ratio(ratio)} failed"
    )
    system, _, own = name.partition("/") if row is None and peer else ("", "", name)
    shown = own if len(own) > 2 else name
    short = shown if len(shown) <= _LETTERS else shown[: _LETTERS - 1] + "…"
    is_told = ratio > 0 and (not system or severity(ratio) != "ok")
    second = f"{system[:10]} · " if system and shown == own and not is_told else ""
    second += units.rate(count, seconds) + (f" · {units.ratio(ratio)}" if is_told else "")
    yield tag(
        "g",
        title(told),
        tag("rect", x=x, y=y - _TALL / 2, width=_WIDTH, height=_TALL, rx=9 if peer and row is None else 4),
        text(x + 8, y - 2, short, "name"),
        text(x + 8, y + 10.5, second, "figure"),
        class_=kind,
    )
