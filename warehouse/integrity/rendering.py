"""Findings as rows of the lake table `integrity_violations`: sentences filled in column by column."""

from __future__ import annotations

from functools import cache
from string import Formatter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import arrow, flat, numbers
from warehouse.integrity.convention_words import WORDS, words
from warehouse.integrity.finding import Finding
from warehouse.integrity.findings import FINDINGS
from warehouse.schemas.arrow import arrow_schema, text_array
from warehouse.schemas.ledger_tables import INTEGRITY_VIOLATIONS

SCHEMA = arrow_schema(INTEGRITY_VIOLATIONS)
_LONGEST = 200
"""Characters of a name that a sentence quotes at most."""
_OF_SPAN = {
    "name": ("name", "(no name)"),
    "service": ("service_name", "(unnamed service)"),
    "parent_span_id": ("parent_span_id", "(none)"),
}
_UNITS = (("s", 10**9), ("ms", 10**6), ("µs", 10**3), ("ns", 1))
_ORDER = ("event_date", "constraint_id", "trace_id", "span_id", "stream_key", "resource_key", "detail")


def render_violations(findings: pa.Table, spans: pa.Table | None = None) -> pa.Table:
    """Rows of `integrity_violations`, in a fixed order.

    `findings` has a row per violation: event_date, finding (a key of `FINDINGS`) and, where they apply,
    trace_id, row and related_row (positions in `spans`), value (int64), stream_key, resource_key, and texts
    that the finding's sentences name. `spans` holds name, service_name, span_id, parent_span_id and
    resource_key of the rows that findings point to. Raises KeyError for an unknown finding.
    """
    names = pc.unique(findings.column("finding").cast(pa.string())).to_pylist()
    parts = [_rendered(findings, FINDINGS[name], spans) for name in names]
    return in_order(pa.concat_tables([SCHEMA.empty_table(), *parts]))


def in_order(violations: pa.Table) -> pa.Table:
    """The rows by date, constraint and place; equal sets of rows give equal tables."""
    return violations.sort_by([(name, "ascending") for name in _ORDER]).combine_chunks()


def _rendered(findings: pa.Table, finding: Finding, spans: pa.Table | None) -> pa.Table:
    own = findings.filter(pc.equal(findings.column("finding").cast(pa.string()), finding.name))
    source = _Source(own.combine_chunks(), spans)
    trace_id = source.text("trace_id")
    columns = {
        "event_date": own.column("event_date"),
        "constraint_id": pa.repeat(finding.constraint, len(own)),
        "severity": pa.repeat(finding.severity, len(own)),
        "finding": pa.repeat(finding.name, len(own)),
        "trace_id": pc.if_else(pc.equal(trace_id, ""), None, trace_id),
        "span_id": source.text("span_id"),
        "stream_key": source.of_finding("stream_key", pa.int64()),
        "resource_key": source.resource_key(),
        "detail": source.sentence(finding.detail),
        "fix": source.sentence(finding.fix),
    }
    return pa.table({name: columns[name] for name in SCHEMA.names}).cast(SCHEMA)


class _Source:
    """Where the values of some findings come from: their own columns, or the spans that they point to."""

    def __init__(self, findings: pa.Table, spans: pa.Table | None) -> None:
        self._findings, self._spans = findings, spans

    def of_finding(self, column: str, kind: pa.DataType) -> pa.Array:
        if column not in self._findings.column_names:
            return pa.nulls(len(self._findings), kind)
        return flat(self._findings.column(column)).cast(kind)

    def text(self, column: str) -> pa.Array:
        """A text of the finding, else of the span that it points to."""
        own = self.of_finding(column, pa.string())
        return own if own.null_count == 0 else pc.coalesce(own, self._of_span(column, "row"))

    def resource_key(self) -> pa.Array:
        own = self.of_finding("resource_key", pa.int64())
        return own if own.null_count == 0 else pc.coalesce(own, self._of_span("resource_key", "row"))

    def _of_span(self, column: str, pointer: str) -> pa.Array:
        kind = pa.int64() if column == "resource_key" else pa.string()
        if self._spans is None or column not in self._spans.column_names:
            return pa.nulls(len(self._findings), kind)
        rows = self.of_finding(pointer, pa.int64())
        return flat(self._spans.column(column).take(rows)).cast(kind)

    def sentence(self, template: str) -> pa.Array:
        pieces = [self._field(text) if is_field else text for is_field, text in _pieces(template)]
        if all(isinstance(piece, str) for piece in pieces):
            return pa.repeat("".join(pieces), len(self._findings))
        return pc.binary_join_element_wise(*pieces, "")

    def _field(self, field: str) -> pa.Array:
        if field == "value":
            return pc.coalesce(self.of_finding("value", pa.string()), "?")
        if field == "duration":
            return _durations(self.of_finding("value", pa.int64()))
        if field in WORDS and field not in self._findings.column_names:
            return words(field, numbers(self.of_finding("value", pa.int64())))
        if field == "peer":
            return _quoted(self.of_finding("peer", pa.string()), "its peer")
        name = field.removeprefix("related_")
        column, missing = _OF_SPAN.get(name, (field, "?"))
        if name != field:
            return _quoted(self._of_span(column, "related_row"), missing)
        own = self.of_finding(field, pa.string())
        return _quoted(pc.coalesce(own, self._of_span(column, "row")), missing)


@cache
def _pieces(template: str) -> tuple[tuple[bool, str], ...]:
    """Literal texts and field names in the order of the template, each with whether it is a field."""
    found: list[tuple[bool, str]] = []
    for literal, field, _, _ in Formatter().parse(template):
        found += [(False, literal)] if literal else []
        found += [(True, field)] if field else []
    return tuple(found)


def _quoted(values: pa.Array, missing: str) -> pa.Array:
    """Texts cut to a length that a sentence can hold; `missing` for null and empty ones."""
    shown = pc.if_else(pc.equal(values, ""), None, values)
    is_long = pc.greater(pc.utf8_length(shown), _LONGEST)
    if pc.any(is_long).as_py():
        cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(shown, 0, _LONGEST), "…", "")
        shown = pc.if_else(is_long, cut, shown)
    return pc.coalesce(shown, missing)


def _durations(nanoseconds: pa.Array) -> pa.Array:
    """Lengths of time without sign, in the greatest unit that keeps them at 1 or above."""
    values = np.abs(numbers(nanoseconds).astype(np.float64))
    unit = np.searchsorted([-factor for _, factor in _UNITS[:-1]], -values)
    factors = np.array([factor for _, factor in _UNITS], np.float64)[unit]
    amounts = arrow(np.round(values / factors, 3)).cast(pa.string())
    units = text_array(name for name, _ in _UNITS).take(arrow(unit))
    return pc.binary_join_element_wise(amounts, units, " ")
