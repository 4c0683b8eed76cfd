"""Charts over time: traffic, errors and latency, drawn for one width of screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warehouse.report import units
from warehouse.report.period import Period
from warehouse.report.rows import Row
from warehouse.report.scales import Scale, decades, nice_top, time_ticks
from warehouse.report.svg import drawing, line, tag, text, title

HEIGHT, TOP, BOTTOM, LEFT = 160, 8, 24, 56
QUANTILES = ("p99", "p95", "p50")
_LABEL_GAP = 13
"""Least distance of two labels, pixels."""


LEAST_MARK = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot's area on a picture of `width` pixels, with its axis of time."""

    period: Period
    width: int
    right: int
    height: int = HEIGHT

    @property
    def x(self) -> Scale:
        return Scale(0, self.period.steps, LEFT, self.width - self.right)

    @property
    def bottom(self) -> int:
        return self.height - BOTTOM

    def time_axis(self) -> Iterator[str]:
        yield tag("line", x1=LEFT, x2=self.width - self.right, y1=self.bottom, y2=self.bottom, class_="axis")
        for at, label in time_ticks(self.period, max(4, (self.width - LEFT - self.right) // 85)):
            x = self.x.at((at - self.period.from_at) / self.period.step)
            if LEFT - 0.5 <= x <= self.width - self.right + 0.5:
                yield tag("line", x1=x, x2=x, y1=self.bottom, y2=self.bottom + 4, class_="axis")
                anchor = "start" if x < LEFT + 16 else "end" if x > self.width - 20 else "middle"
                yield text(x, self.bottom + 17, label, anchor=anchor)

    def grid(self, ticks: Sequence[tuple[float, str]]) -> Iterator[str]:
        """Lines across at (y, label)."""
        for y, label in ticks:
            yield tag("line", x1=LEFT, x2=self.width - self.right, y1=y, y2=y, class_="grid")
            yield text(LEFT - 8, y + 4, label, anchor="end")

    def marks(self, stretches: Sequence[Row]) -> Iterator[str]:
        """Bands behind the plot where something stands out, wide enough to be seen."""
        for start, end in sorted({(row["from_at"], row["to_at"]) for row in stretches}):
            a, b = (self.x.at((at - self.period.from_at) / self.period.step) for at in (start, end))
            wide = max(b - a, LEAST_MARK)
            yield tag("rect", x=a, y=TOP, width=wide, height=self.bottom - TOP, class_="mark")

    def hover(self, told: Sequence[str]) -> Iterator[str]:
        """Invisible bars that tell the numbers of every step."""
        wide = self.x.at(1) - self.x.at(0)
        for step, words in enumerate(told):
            yield tag(
                "rect",
                title(words),
                x=self.x.at(step),
                y=TOP,
                width=wide,
                height=self.bottom - TOP,
                class_="hit",
            )


def traffic(frame: Frame, rows: Sequence[Row], marks: Sequence[Row]) -> str:
    """Requests in the unit of time that suits them, as an area."""
    seconds = frame.period.step.total_seconds()
    counts = [row["request_count"] for row in rows]
    per, _ = traffic_unit(frame.period, rows)
    values = [count / seconds * per for count in counts]
    y = Scale(0, nice_top(max(values)), frame.bottom, TOP)
    ticks = [(y.at(v), _plain(v)) for v in (0, y.high / 2, y.high)]
    steps = _stairs(frame, [y.at(v) for v in values])
    base = [(steps[-1][0], float(frame.bottom)), (steps[0][0], float(frame.bottom))]
    told = [
        f"{_when(frame, row)}: {units.amount(row['request_count'])} requests, "
        f"{units.rate(row['request_count'], seconds)}"
        for row in rows
    ]
    total, peak = sum(counts), max(range(len(counts)), key=counts.__getitem__)
    label = (
        f"Requests over time: {units.amount(total)} in all, most at {units.moment(rows[peak]['started_at'])} "
        f"with {units.rate(counts[peak], seconds)}"
    )
    return drawing(
        frame.width,
        frame.height,
        label,
        *frame.marks(marks),
        *frame.grid(ticks),
        tag("path", d=line([*steps, *base]) + "Z", class_="area"),
        tag("path", d=line(steps), class_="line"),
        *frame.time_axis(),
        *frame.hover(told),
        class_="chart",
    )


def traffic_unit(period: Period, rows: Sequence[Row]) -> tuple[int, str]:
    """Seconds and sign of the unit of time that traffic is counted by."""
    return units.rate_unit(max(row["request_count"] for row in rows) / period.step.total_seconds())


def errors(frame: Frame, rows: Sequence[Row], marks: Sequence[Row]) -> str:
    """Ratio of failed requests as bars."""
    values = [row["error_ratio"] * 100 for row in rows]
    y = Scale(0, max(nice_top(max(values)), 0.1), frame.bottom, TOP)
    ticks = [(y.at(v), f"{_plain(v)}{units.THIN}%") for v in (0, y.high / 2, y.high)]
    wide = frame.x.at(1) - frame.x.at(0)
    bars = [
        f"M{frame.x.at(n):.1f} {frame.bottom}V{y.at(v):.1f}h{max(wide - 1, 0.6):.1f}V{frame.bottom}Z"
        for n, v in enumerate(values)
        if v
    ]
    told = [
        f"{_when(frame, row)}: {units.amount(row['error_count'])} of {units.amount(row['request_count'])} "
        f"requests failed, {units.ratio(row['error_ratio'])}"
        for row in rows
    ]
    worst = max(range(len(values)), key=values.__getitem__)
    label = (
        f"Error ratio over time: highest at {units.moment(rows[worst]['started_at'])} "
        f"with {units.ratio(values[worst] / 100)}"
    )
    return drawing(
        frame.width,
        frame.height,
        label,
        *frame.marks(marks),
        *frame.grid(ticks),
        tag("path", d="".join(bars), class_="errors"),
        *frame.time_axis(),
        *frame.hover(told),
        class_="chart",
    )


def latency(frame: Frame, rows: Sequence[Row], marks: Sequence[Row]) -> str:
    """p50, p95 and p99 on an axis of powers of ten, each named where its line ends."""
    values = [row[f"{q}_nano"] for row in rows for q in QUANTILES if row[f"{q}_nano"]]
    if not values:
        return drawing(frame.width, frame.height, "No latency was measured", class_="chart")
    y = Scale(min(values) * 0.8, max(values) * 1.25, frame.bottom, TOP, is_log=True)
    ticks = [(y.at(v), units.latency(v).replace(".00", "").replace(".0", "")) for v in decades(y.low, y.high)]
    lines, ends = [], []
    for q in QUANTILES:
        heights = [y.at(row[f"{q}_nano"]) if row[f"{q}_nano"] else None for row in rows]
        points = [None if h is None else (frame.x.at(n + 0.5), h) for n, h in enumerate(heights)]
        lines.append(tag("path", d=line(_dotted(points)), class_=f"line {q}"))
        ends.append((next(h for h in reversed(heights) if h is not None), q))
    told = [
        f"{_when(frame, row)}: "
        + ", ".join(f"{q} {units.latency(row[f'{q}_nano'])}" for q in reversed(QUANTILES))
        for row in rows
    ]
    label = "Latency over time: " + ", ".join(
        f"{q} from {units.latency(min(seen))} to {units.latency(max(seen))}"
        for q in QUANTILES
        if (seen := [row[f"{q}_nano"] for row in rows if row[f"{q}_nano"]])
    )
    return drawing(
        frame.width,
        frame.height,
        label,
        *frame.marks(marks),
        *frame.grid(ticks),
        *lines,
        *(text(frame.width - frame.right + 6, h + 4, q, f"label {q}") for h, q in _apart(ends)),
        *frame.time_axis(),
        *frame.hover(told),
        class_="chart",
    )


def _stairs(frame: Frame, heights: Sequence[float]) -> list[tuple[float, float]]:
    """Both corners of every step: a count belongs to the whole of it."""
    return [(frame.x.at(n + side), h) for n, h in enumerate(heights) for side in (0, 1)]


def _dotted(points: Sequence[tuple[float, float] | None]) -> Iterator[tuple[float, float] | None]:
    """A point that stands alone becomes a short dash, which is seen."""
    for n, point in enumerate(points):
        yield point
        is_alone = (n == 0 or points[n - 1] is None) and (n + 1 == len(points) or points[n + 1] is None)
        if point is not None and is_alone:
            yield (point[0] + 1.5, point[1])


def _apart(ends: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Labels from the top down, pushed apart where they would touch."""
    placed: list[tuple[float, str]] = []
    for height, name in sorted(ends):
        placed.append((max(height, placed[-1][0] + _LABEL_GAP) if placed else height, name))
    return placed


def _when(frame: Frame, row: Row) -> str:
    at = row["started_at"]
    return f"{at.day} {at:%b}" if frame.period.grain == "day" else units.moment(at)


def _plain(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")
