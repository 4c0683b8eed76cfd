"""Days of generated telemetry of the shop as OTLP/JSON lines, and the truth about them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from warehouse.demo.drawing import DrawnShape, draw_day
from warehouse.demo.logs import info_logged, log_lines
from warehouse.demo.metrics import POINTS_PER_SERVICE_HOUR, DayOfDurations, metric_lines
from warehouse.demo.planted import NOTHING, Planted
from warehouse.demo.topology import SERVICES
from warehouse.demo.traces import trace_lines


@dataclass(slots=True)
class Truth:
    """What the files of a history hold. Calls count parent edges between two services."""

    traces: int = 0
    spans: int = 0
    error_spans: int = 0
    span_events: int = 0
    span_links: int = 0
    log_records: int = 0
    metric_points: int = 0
    spans_by_service: Counter[str] = field(default_factory=Counter)
    errors_by_service: Counter[str] = field(default_factory=Counter)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)


def _dates(days: int, end_date: dt.date) -> Iterator[dt.date]:
    for back in range(days - 1, -1, -1):
        yield end_date - dt.timedelta(days=back)


def service_versions(date: dt.date, planted: Planted = NOTHING) -> dict[str, str]:
    """Every service is deployed every second week, each on its own day; planted deploys come on top."""
    versions = {s: f"2.{(date.toordinal() + n) // 14 % 100}.0" for n, s in enumerate(SERVICES)}
    return versions | planted.versions(date)


def write_history(
    folder: Path,
    *,
    days: int,
    seed: int,
    spans_per_day: int,
    end_date: dt.date,
    planted: Planted = NOTHING,
) -> list[Path]:
    """Write `days` days up to and including `end_date`, three files a day: traces, logs and metrics.

    `spans_per_day` is the mean of a weekday; weekends have 70 % of it. Equal arguments give equal files.
    `planted` adds habits that analysts look for.
    Returns the files written, oldest first. Raises OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for date in _dates(days, end_date):
        versions = service_versions(date, planted)
        durations = DayOfDurations(date)
        rng = np.random.default_rng([seed, date.toordinal(), 3])
        traces, logs, metrics = (
            folder / f"{signal}-{date.isoformat()}.jsonl" for signal in ("traces", "logs", "metrics")
        )
        with traces.open("w", encoding="utf-8") as spans, logs.open("w", encoding="utf-8") as records:
            for drawn in draw_day(date, seed, spans_per_day, planted):
                spans.writelines(trace_lines(drawn, versions, rng))
                records.writelines(log_lines(drawn, versions))
                for shape in drawn:
                    durations.add(shape)
        with metrics.open("w", encoding="utf-8") as points:
            points.writelines(metric_lines(durations, date, versions, rng))
        written += [traces, logs, metrics]
    return written


def history_truth(*, days: int, seed: int, spans_per_day: int, end_date: dt.date) -> Truth:
    """What `write_history` with the same arguments writes, from the draws alone."""
    truth = Truth()
    for date in _dates(days, end_date):
        for drawn in draw_day(date, seed, spans_per_day):
            for shape in drawn:
                _count(truth, shape)
        truth.metric_points += 24 * POINTS_PER_SERVICE_HOUR * len(SERVICES)
    return truth


def _count(truth: Truth, shape: DrawnShape) -> None:
    truth.traces += shape.requests
    truth.log_records += int(shape.own_error.sum()) + int(info_logged(shape).sum())
    for i, node in enumerate(shape.nodes):
        spans = int(shape.is_present[i].sum())
        errors = int((shape.is_error[i] & shape.is_present[i]).sum())
        truth.spans += spans
        truth.error_spans += errors
        truth.span_events += int(shape.own_error[i].sum()) + (spans if node.event else 0)
        truth.span_links += spans if node.is_detached else 0
        truth.spans_by_service[node.service] += spans
        truth.errors_by_service[node.service] += errors
        parent = shape.parents[i]
        if parent >= 0 and shape.nodes[parent].service != node.service:
            truth.calls[shape.nodes[parent].service, node.service] += spans
