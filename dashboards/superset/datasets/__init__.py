"""The datasets of the dashboards: queries on the served file, each on the cheapest table that answers."""

from __future__ import annotations

from dashboards.superset.datasets.latency import calls, critical_path, operations, requests
from dashboards.superset.datasets.quality import checks, files, violations
from dashboards.superset.datasets.traces import exceptions, trace_spans, traces

DATASETS = (
    requests,
    operations,
    critical_path,
    calls,
    exceptions,
    traces,
    trace_spans,
    violations,
    checks,
    files,
)

__all__ = [
    "DATASETS",
    "calls",
    "checks",
    "critical_path",
    "exceptions",
    "files",
    "operations",
    "requests",
    "trace_spans",
    "traces",
    "violations",
]
