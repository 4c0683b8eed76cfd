"""How latencies are spread over time: a column per step, a row per level of duration, colour by requests."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from warehouse.report import units
from warehouse.report.rows import Row
from warehouse.report.scales import decades
from warehouse.report.svg import drawing, tag, text
from warehouse.report.timelines import LEFT, Frame
from warehouse.report.traffic import ROWS_PER_DOUBLING

COLOURS = 8
TOP = 6


def heat_map(frame: Frame, cells: Sequence[Row]) -> str:
    """The map; cells of one colour are one path, so that thousands of them stay small."""
    if not cells:
        return drawing(frame.width, frame.height, "No latency was measured", class_="chart")
    low, high = min(c["level"] for c in cells), max(c["level"] for c in cells) + 1
    most = max(c["request_count"] for c in cells)
    tall = (frame.bottom - TOP) / (high - low)
    paths: dict[int, list[str]] = defaultdict(list)
    for cell in cells:
        step = (cell["started_at"] - frame.period.from_at) // frame.period.step
        x, wide = frame.x.at(step), frame.x.at(step + 1) - frame.x.at(step)
        y = frame.bottom - (cell["level"] + 1 - low) * tall
        paths[colour(cell["request_count"], most)].append(
            f"M{x:.1f} {y:.1f}h{wide:.1f}v{tall:.1f}h-{wide:.1f}z"
        )
    ticks = [
        (
            frame.bottom - (math.log2(v) * ROWS_PER_DOUBLING - low) * tall,
            units.latency(v).replace(".00", "").replace(".0", ""),
        )
        for v in decades(2 ** (low / ROWS_PER_DOUBLING), 2 ** (high / ROWS_PER_DOUBLING))
    ]
    busiest = max(cells, key=lambda c: c["request_count"])
    label = (
        f"Requests by latency and time: from {units.latency(2 ** (low / ROWS_PER_DOUBLING))} to "
        f"{units.latency(2 ** (high / ROWS_PER_DOUBLING))}; the fullest cell has "
        f"{units.amount(most)} requests near "
        f"{units.latency(2 ** ((busiest['level'] + 0.5) / ROWS_PER_DOUBLING))}"
    )
    return drawing(
        frame.width,
        frame.height,
        label,
        *(tag("path", d="".join(paths[n]), class_=f"heat h{n}") for n in sorted(paths)),
        *(
            tag("line", x1=LEFT, x2=frame.width - frame.right, y1=y, y2=y, class_="grid over")
            for y, _ in ticks
        ),
        *(text(LEFT - 8, y + 4, name, anchor="end") for y, name in ticks),
        *frame.time_axis(),
        class_="chart",
    )


def colour(count: int, most: int) -> int:
    """1 for the fewest requests to COLOURS for the most, by the square of the logarithm.

    Rare slow requests must be seen, and the fullest cells told apart.
    """
    return 1 + min(int((math.log(count) / math.log(most + 1)) ** 2 * COLOURS), COLOURS - 1)


def legend(cells: Sequence[Row]) -> tuple[int, int]:
    """The counts at both ends of the colours."""
    counts = [c["request_count"] for c in cells] or [0]
    return min(counts), max(counts)
