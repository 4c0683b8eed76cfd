"""Recording a run with OpenTelemetry's SDK into a file of OTLP JSON lines."""

from __future__ import annotations

import io
import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, ParamSpec, TypeVar, cast

from warehouse.errors import WarehouseError
from warehouse.telemetry import PARENT, VARIABLE, Attributes, Note, record_with

try:
    from opentelemetry import context, propagate, trace
    from opentelemetry.exporter.otlp.json.file import FileMetricExporter, FileSpanExporter
    from opentelemetry.metrics import Meter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
except ImportError as missing:
    raise WarehouseError(
        "Telemetry of runs needs OpenTelemetry's SDK: pip install 'otlp-warehouse[telemetry]'."
    ) from missing

_NEVER_MS = 1e12
"""Metrics are written once, when the run ends."""
P = ParamSpec("P")
R = TypeVar("R")


class _Lines(io.TextIOBase):
    """Appends each line by one system call, so that processes may share a file."""

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def write(self, text: str) -> int:
        os.write(self._file, text.encode())
        return len(text)

    def close(self) -> None:
        if not self.closed:
            os.close(self._file)
        super().close()


class _StageDurations(SpanProcessor):
    """How long the stages of a run took, as a metric; models and checked tables are within theirs."""

    def __init__(self, meter: Meter) -> None:
        self._seconds = meter.create_histogram(
            "otlp_warehouse.stage.duration", "s", "Wall time of the stages of runs"
        )

    def on_end(self, span: ReadableSpan) -> None:
        is_stage = span.parent and "db.collection.name" not in (span.attributes or {})
        if is_stage and span.start_time and span.end_time:
            self._seconds.record((span.end_time - span.start_time) / 1e9, {"otlp_warehouse.stage": span.name})


class Recording:
    """A recorder of this process, and the span that all others lie below."""

    def __init__(self, file: Path, name: str) -> None:
        self.file = file
        self._lines = cast("IO[str]", _Lines(file))
        resource = Resource.create(
            {
                "service.name": "otlp-warehouse",
                "service.version": version("otlp-warehouse"),
                "service.instance.id": str(uuid.uuid4()),
                "process.pid": os.getpid(),
            }
        )
        # Providers of our own, not the global ones: a program that calls this package may have its own SDK.
        self._traces = TracerProvider(resource=resource)
        points = FileMetricExporter(stream=self._lines)
        reader = PeriodicExportingMetricReader(points, export_interval_millis=_NEVER_MS)
        self._metrics = MeterProvider([reader], resource=resource)
        self._tracer = self._traces.get_tracer("otlp-warehouse", version("otlp-warehouse"))
        self._meter = self._metrics.get_meter("otlp-warehouse", version("otlp-warehouse"))
        self._traces.add_span_processor(BatchSpanProcessor(FileSpanExporter(stream=self._lines)))
        self._traces.add_span_processor(_StageDurations(self._meter))
        self._began = time.monotonic()
        self._name = name
        parent = propagate.extract({"traceparent": os.environ.get(PARENT, "")})
        about: Attributes = {"process.executable.name": "otlp-warehouse", "process.pid": os.getpid()}
        self._root = self._tracer.start_span(name, parent, attributes=about)
        self._token = context.attach(trace.set_span_in_context(self._root))

    @property
    def trace_id(self) -> str:
        return f"{self._root.get_span_context().trace_id:032x}"

    @property
    def whereabouts(self) -> str:
        """Where to find what was recorded, as a line; empty for a part of a trace, whose whole tells it.

        Those who start parts take the last line that one prints for its reason or result.
        """
        return "" if PARENT in os.environ else f"This run is trace {self.trace_id} in {self.file}.\n"

    def ends_with(self, exit_code: int, reason: str = "") -> None:
        """State the outcome, as the conventions of command-line programs have it."""
        self._root.set_attribute("process.exit.code", exit_code)
        if exit_code:
            self._root.set_attribute("error.type", str(exit_code))
            self._root.set_status(trace.StatusCode.ERROR, reason)

    def close(self) -> None:
        """End the root span and write what is left."""
        context.detach(self._token)
        self._root.end()
        seconds = self._meter.create_histogram(
            "otlp_warehouse.run.duration", "s", "Wall time of runs by verb"
        )
        seconds.record(time.monotonic() - self._began, {"otlp_warehouse.verb": self._name.split()[-1]})
        self._traces.shutdown()
        self._metrics.shutdown()
        self._lines.close()

    def span(self, name: str, attributes: Attributes) -> AbstractContextManager[object]:
        return self._tracer.start_as_current_span(name, attributes=attributes)

    def replay(self, notes: Sequence[Note]) -> None:
        spans: list[trace.Span] = []
        for note in notes:
            parent = None if note.within is None else trace.set_span_in_context(spans[note.within])
            spans.append(
                self._tracer.start_span(
                    note.name, parent, attributes=note.attributes, start_time=note.start_nano
                )
            )
        for replayed, note in zip(spans, notes, strict=True):
            replayed.end(note.end_nano)

    def count(self, name: str, amount: int, unit: str, attributes: Attributes) -> None:
        self._meter.create_counter(name, unit).add(amount, attributes)

    def event(self, name: str, attributes: Attributes) -> None:
        trace.get_current_span().add_event(name, attributes)

    def carried(self, function: Callable[P, R]) -> Callable[P, R]:
        here = context.get_current()

        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            token = context.attach(here)
            try:
                return function(*args, **kwargs)
            finally:
                context.detach(token)

        return call

    def environment(self) -> dict[str, str]:
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        return {VARIABLE: str(self.file), PARENT: carrier.get("traceparent", "")}


@contextmanager
def recording(target: str, name: str) -> Iterator[Recording]:
    """Record what happens inside as a trace whose root is `name`, below TRACEPARENT where that is set.

    `target` is a file that lines are appended to, or a folder (existing, or written with a slash at its end)
    that gets a file of this run. Raises WarehouseError when it cannot be written.
    """
    file = _file(target, name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        running = Recording(file, name)
    except OSError as error:
        raise WarehouseError(
            f"{file} cannot be written ({error.strerror}): choose another --telemetry."
        ) from error
    record_with(running)
    try:
        yield running
    finally:
        record_with(None)
        running.close()


def _file(target: str, name: str) -> Path:
    if not (target.endswith(os.sep) or Path(target).is_dir()):
        return Path(target)
    at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    return Path(target) / f"{name.split()[-1]}-{at}-{os.getpid()}.jsonl"
