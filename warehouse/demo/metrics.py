"""Metrics that agree with the drawn spans: requests and durations of every service, hour by hour."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from warehouse.demo.drawing import DrawnShape, midnight_nano
from warehouse.demo.spans import CONSUMER, SERVER
from warehouse.demo.topology import SERVICES
from warehouse.demo.traces import SCHEMA_URL, resource_json, scope_json

HOUR_NANO = 3_600_000_000_000
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SCALE = 3
"""Exponential histogram buckets grow by 2^(1/8)."""
QUANTILES = (0.5, 0.9, 0.99)
Doubles = NDArray[np.float64]


class DayOfDurations:
    """Durations in seconds of one day's request spans (SERVER, CONSUMER), by service and hour of start."""

    def __init__(self, date: dt.date) -> None:
        self._midnight = midnight_nano(date)
        self._parts: dict[tuple[str, int], list[Doubles]] = {}

    def add(self, shape: DrawnShape) -> None:
        for i, node in enumerate(shape.nodes):
            if node.kind not in (SERVER, CONSUMER):
                continue
            present = shape.is_present[i]
            hours = ((shape.start[i] - self._midnight) // HOUR_NANO)[present].clip(0, 23)
            seconds = shape.duration[i][present] / 1e9
            for hour in np.unique(hours).tolist():
                self._parts.setdefault((node.service, hour), []).append(seconds[hours == hour])

    def of(self, service: str, hour: int) -> Doubles:
        return np.concatenate(self._parts.get((service, hour), [np.zeros(0)]))


def _point(start: int, time: int, values: str) -> str:
    where = '{"key":"shop.region","value":{"stringValue":"eu-central-1"}}'
    return f'{{"attributes":[{where}],"startTimeUnixNano":"{start}","timeUnixNano":"{time}",{values}}}'


def _metric(name: str, unit: str, kind: str, point: str, settings: str = "") -> str:
    return f'{{"name":"{name}","unit":"{unit}","{kind}":{{"dataPoints":[{point}]{settings}}}}}'


def _counts(counts: NDArray[np.int64]) -> str:
    return json.dumps([str(c) for c in counts.tolist()], separators=(",", ":"))


def _histogram(seconds: Doubles) -> str:
    buckets = np.bincount(np.searchsorted(BOUNDS, seconds, side="left"), minlength=len(BOUNDS) + 1)
    extremes = f',"min":{float(seconds.min())!r},"max":{float(seconds.max())!r}' if len(seconds) else ""
    return (
        f'"count":"{len(seconds)}","sum":{float(seconds.sum())!r},"bucketCounts":{_counts(buckets)},'
        f'"explicitBounds":{json.dumps(BOUNDS)}{extremes}'
    )


def _exponential_histogram(seconds: Doubles) -> str:
    """Bucket i of scale s holds (2^(i/2^s), 2^((i+1)/2^s)]."""
    index = np.ceil(np.log2(seconds) * 2**SCALE).astype(np.int64) - 1
    offset = int(index.min()) if len(index) else 0
    return (
        f'"count":"{len(seconds)}","sum":{float(seconds.sum())!r},"scale":{SCALE},"zeroCount":"0",'
        f'"positive":{{"offset":{offset},"bucketCounts":{_counts(np.bincount(index - offset))}}}'
    )


def _summary(seconds: Doubles) -> str:
    values = np.quantile(seconds, QUANTILES) if len(seconds) else np.zeros(len(QUANTILES))
    pairs = ",".join(
        f'{{"quantile":{q},"value":{float(v)!r}}}' for q, v in zip(QUANTILES, values, strict=True)
    )
    return f'"count":"{len(seconds)}","sum":{float(seconds.sum())!r},"quantileValues":[{pairs}]'


POINTS_PER_SERVICE_HOUR = 6


def _service_metrics(
    seconds: Doubles, requests_so_far: int, midnight: int, hour: int, rng: np.random.Generator
) -> str:
    start, time = midnight + hour * HOUR_NANO, midnight + (hour + 1) * HOUR_NANO
    delta = ',"aggregationTemporality":1'
    memory = int(rng.normal(420e6, 12e6))
    cpu = float(rng.beta(2, 8))
    metrics = (
        _metric("shop.server.duration", "s", "histogram", _point(start, time, _histogram(seconds)), delta),
        _metric(
            "shop.server.duration.exponential",
            "s",
            "exponentialHistogram",
            _point(start, time, _exponential_histogram(seconds)),
            delta,
        ),
        _metric("shop.server.duration.quantiles", "s", "summary", _point(start, time, _summary(seconds))),
        _metric(
            "shop.server.requests",
            "{request}",
            "sum",
            _point(midnight, time, f'"asInt":"{requests_so_far}"'),
            ',"aggregationTemporality":2,"isMonotonic":true',
        ),
        _metric("process.memory.usage", "By", "gauge", _point(0, time, f'"asInt":"{memory}"')),
        _metric("process.cpu.utilization", "1", "gauge", _point(0, time, f'"asDouble":{cpu!r}')),
    )
    return ",".join(metrics)


def metric_lines(
    day: DayOfDurations, date: dt.date, versions: dict[str, str], rng: np.random.Generator
) -> Iterator[str]:
    """One JSON line per hour: six points for every service."""
    so_far = dict.fromkeys(SERVICES, 0)
    midnight = midnight_nano(date)
    for hour in range(24):
        resources = []
        for service in SERVICES:
            seconds = day.of(service, hour)
            so_far[service] += len(seconds)
            metrics = _service_metrics(seconds, so_far[service], midnight, hour, rng)
            resources.append(
                f'{{"resource":{resource_json(service, 0, versions[service])},'
                f'"scopeMetrics":[{{"scope":{scope_json(service)},"metrics":[{metrics}]}}],'
                f'"schemaUrl":"{SCHEMA_URL}"}}'
            )
        yield f'{{"resourceMetrics":[{",".join(resources)}]}}\n'
