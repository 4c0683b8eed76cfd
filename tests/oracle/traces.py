"""A slow, plain-Python statement of what assembling traces must give.

`assemble` takes the rows of whole traces and gives the rows of its tables `spans`, `traces`, `violations` and
`losers`. Row numbers are positions in the input. One function per definition, here and in `traces_*`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oracle.traces_dates import DateContext
from oracle.traces_duplicates import Copies, copies_by_trace
from oracle.traces_findings import (
    BITS,
    Violation,
    conflicting_copies,
    earliest,
    malformed_ids,
    violations_of_trace,
)
from oracle.traces_rows import ERROR, IC1, OUT_OF_RANGE, TYPE, Span
from oracle.traces_shape import (
    Trace,
    below,
    depths,
    is_orphan,
    is_root,
    lamport_clocks,
    parent_cycle_members,
)
from oracle.traces_times import clock_skews, critical_paths, self_time

Row = dict[str, Any]
Tables = dict[str, list[Row]]
FILLED = (
    "trace_start_unix_nano",
    "is_root",
    "is_orphan",
    "depth",
    "child_count",
    "parent_service_name",
    "is_remote_parent",
    "self_time_nano",
    "critical_path_nano",
    "lamport_clock",
    "clock_skew_nano",
)
"""Columns of a span that are null when the kernel does not compute them."""


def assemble(spans: Iterable[Span], context: DateContext, trace_limit: int) -> Tables:
    """The four tables. Order: spans and traces as the lake keeps them, the others by row."""
    spans = list(spans)
    out: Tables = {"spans": [], "traces": [], "violations": [], "losers": []}
    for span in spans:
        if not span.has_valid_ids:
            out["spans"].append(
                _uncomputed(span, span.duplicate_count) | {"issues": span.known_issues | TYPE}
            )
            out["violations"] += [_violation_row(v) for v in malformed_ids(span)]
    for copies in copies_by_trace(spans).values():
        out["losers"] += [_loser_row(c, loser) for c in copies for loser in c.losers]
        trace = Trace(c.winner for c in copies)
        if len(copies) > trace_limit:
            _add_uncomputed(out, copies, trace)
        else:
            _add_computed(out, copies, trace, context)
    by_row = {s.row: s for s in spans}
    out["spans"].sort(key=lambda r: _lake_order(by_row[r["row"]], r["trace_start_unix_nano"]))
    out["traces"].sort(key=lambda r: (r["event_date"], r["trace_id"]))
    return out


def _lake_order(span: Span, trace_start: int | None) -> tuple[Any, ...]:
    start = (trace_start is not None, trace_start or 0)
    return (span.event_date, start, span.trace_id, span.start, span.span_id, span.row)


def _uncomputed(span: Span, duplicate_count: int) -> Row:
    return {"row": span.row, "duplicate_count": duplicate_count, "issues": span.known_issues} | dict.fromkeys(
        FILLED
    )


def _loser_row(copies: Copies, loser: Span) -> Row:
    return {"row": loser.row, "winner_row": copies.winner.row, "is_conflict": copies.is_conflict(loser)}


def _violation_row(violation: Violation) -> Row:
    row = dict(vars(violation))
    del row["marked"]
    return row


def _add_computed(out: Tables, copies: list[Copies], trace: Trace, context: DateContext) -> None:
    found = violations_of_trace(copies, trace, context)
    issues = {s: s.known_issues for s in trace.spans}
    for violation in found:
        for span in violation.marked:
            issues[span] |= BITS[violation.finding]
    out["violations"] += [_violation_row(v) for v in found]
    out["spans"] += _span_rows(copies, trace, issues)
    out["traces"].append(_trace_row(trace, issues))


def _span_rows(copies: list[Copies], trace: Trace, issues: dict[Span, int]) -> list[Row]:
    depth, clock = depths(trace), lamport_clocks(trace)
    critical, skew = critical_paths(trace), clock_skews(trace)
    trace_start = start_of(trace)
    rows = []
    for c in copies:
        span, parent = c.winner, trace.parent(c.winner)
        rows.append(
            {
                "row": span.row,
                "trace_start_unix_nano": trace_start,
                "duplicate_count": c.duplicate_count,
                "is_root": is_root(span),
                "is_orphan": is_orphan(trace, span),
                "depth": depth.get(span),
                "child_count": len(trace.children[span]),
                "parent_service_name": None if parent is None else parent.service_name,
                "is_remote_parent": None if parent is None else parent.service_name != span.service_name,
                "self_time_nano": self_time(trace, span),
                "critical_path_nano": critical.get(span),
                "lamport_clock": clock.get(span),
                "clock_skew_nano": skew.get(span),
                "issues": issues[span],
            }
        )
    return rows


def start_of(trace: Trace) -> int | None:
    """Earliest start among the spans with a believable time."""
    return min((s.start for s in trace.spans if s.is_in_range), default=None)


def _trace_row(trace: Trace, issues: dict[Span, int]) -> Row:
    depth = depths(trace)
    roots, orphans = trace.roots(), trace.orphans()
    top = earliest(roots) or earliest(orphans)
    return _counted(trace) | {
        "root_row": None if top is None else top.row,
        "orphan_count": len(orphans),
        "max_depth": max(depth.values(), default=None),
        "is_complete": len(roots) == 1 and not orphans and not parent_cycle_members(trace),
        "critical_path_by_service": _by_service(trace, top),
        "issues": _union(issues.values()),
    }


def _counted(trace: Trace) -> Row:
    """What needs no parent edge."""
    dated = [s for s in trace.spans if s.is_in_range]
    start, errors = start_of(trace), sum(s.status_code == ERROR for s in trace.spans)
    return {
        "event_date": min((s.event_date for s in dated), default=OUT_OF_RANGE),
        "trace_id": trace.spans[0].trace_id,
        "span_dates": ",".join(sorted({s.event_date.isoformat() for s in trace.spans})),
        "start_time_unix_nano": start,
        "duration_nano": None if start is None else max(s.end for s in dated) - start,
        "span_count": len(trace.spans),
        "service_count": len({s.service_name for s in trace.spans}),
        "error_count": errors,
        "has_error": errors > 0,
        "root_count": len(trace.roots()),
    }


def _by_service(trace: Trace, top: Span | None) -> dict[str, str]:
    """Critical-path nanoseconds in decimal; services that earned none are left out, the unnamed is ''."""
    if top is None:
        return {}
    critical = critical_paths(trace)
    earned: dict[str, int] = {}
    for span in below(trace, top):
        name = span.service_name or ""
        earned[name] = earned.get(name, 0) + critical[span]
    return {name: str(nano) for name, nano in sorted(earned.items()) if nano > 0}


def _add_uncomputed(out: Tables, copies: list[Copies], trace: Trace) -> None:
    """A trace above the limit: copies are told apart and spans counted, nothing follows a parent edge."""
    counts, root = _counted(trace), earliest(trace.roots())
    out["spans"] += [
        _uncomputed(c.winner, c.duplicate_count) | {"is_root": is_root(c.winner), "issues": _of_copies(c)}
        for c in copies
    ]
    out["traces"].append(
        counts
        | {
            "root_row": None if root is None else root.row,
            "orphan_count": 0,
            "max_depth": None,
            "is_complete": False,
            "critical_path_by_service": {},
            "issues": _union(_of_copies(c) for c in copies),
        }
    )
    found = [v for c in copies for v in conflicting_copies(c)]
    day, trace_id = counts["event_date"], counts["trace_id"]
    found.append(Violation("trace_too_large", day, trace_id, value=len(copies)))
    out["violations"] += [_violation_row(v) for v in found]


def _of_copies(copies: Copies) -> int:
    return copies.winner.known_issues | (IC1 if any(conflicting_copies(copies)) else 0)


def _union(issues: Iterable[int]) -> int:
    all_of_them = 0
    for bits in issues:
        all_of_them |= bits
    return all_of_them
