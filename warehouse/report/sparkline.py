"""A line as small as a word: traffic of one service, with its errors below."""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.report.svg import drawing, line, tag

WIDTH, HEIGHT, POINTS = 120, 24, 60


def sparkline(requests: Sequence[int], errors: Sequence[int], label: str) -> str:
    """Requests as a line and errors as bars from below, each scaled to its own highest value."""
    size = max(1, -(-len(requests) // POINTS))
    totals, failed = (
        [sum(values[n : n + size]) for n in range(0, len(values), size)] for values in (requests, errors)
    )
    top, wide = max(totals) or 1, WIDTH / len(totals)
    points = [(wide * (n + 0.5), HEIGHT - 2 - (HEIGHT - 4) * v / top) for n, v in enumerate(totals)]
    worst = max([*failed, top / 20])
    bars = [
        f"M{wide * n:.1f} {HEIGHT}v-{max(2.0, (HEIGHT - 4) * v / worst):.1f}"
        f"h{max(wide - 0.5, 1):.1f}V{HEIGHT}z"
        for n, v in enumerate(failed)
        if v
    ]
    return drawing(
        WIDTH,
        HEIGHT,
        label,
        tag("path", d="".join(bars), class_="errors"),
        tag("path", d=line(points), class_="line"),
        class_="spark",
    )
