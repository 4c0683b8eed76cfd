"""Findings as rows of `integrity_violations`."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.constraints import FINDINGS, Finding
from warehouse.schemas.arrow import arrow_schema
from warehouse.schemas.registry import TABLES

_PLACE = re.compile(r"\{(\w+)\}")
_UNNAMED = "an unnamed service"


def render_violations(findings: pa.Table, spans: pa.Table) -> pa.Table:
    """Rows of `integrity_violations` from findings.

    `findings` holds event_date, finding (a key of FINDINGS), trace_id, row, related_row and value;
    `spans` is what `row` and `related_row` count in: span_id, name, service_name, resource_key.
    Raises KeyError for a finding that is not declared.
    """
    schema = arrow_schema(TABLES["integrity_violations"])
    parts = [schema.empty_table()]
    for kind in pc.unique(findings["finding"]).to_pylist():
        found = findings.filter(pc.equal(findings["finding"], kind))
        parts.append(_rows(FINDINGS[kind], found, spans).cast(schema))
    return pa.concat_tables(parts)


def _rows(finding: Finding, found: pa.Table, spans: pa.Table) -> pa.Table:
    subject, related = spans.take(found["row"]), spans.take(found["related_row"])
    words = {
        "name": subject["name"],
        "service": pc.fill_null(subject["service_name"], _UNNAMED),
        "span_id": subject["span_id"],
        "related_name": related["name"],
        "related_service": pc.fill_null(related["service_name"], _UNNAMED),
        "value": found["value"].cast(pa.string()),
    }

    def same(text: str) -> pa.Array:
        return pa.repeat(pa.scalar(text), found.num_rows)

    nothing = pa.nulls(found.num_rows, pa.int64())
    values = {
        "event_date": found["event_date"],
        "constraint_id": same(finding.constraint),
        "severity": same(finding.severity),
        "trace_id": found["trace_id"],
        "span_id": subject["span_id"],
        "stream_key": nothing,
        "resource_key": subject["resource_key"],
        "detail": _sentence(finding.detail, words, found.num_rows),
        "fix": _sentence(finding.fix, words, found.num_rows),
    }
    names = TABLES["integrity_violations"].column_names
    return pa.Table.from_arrays([values[name] for name in names], list(names))


def _sentence(template: str, words: dict[str, pa.ChunkedArray], rows: int) -> pa.Array:
    """The template with a word filled in per row; an absent word becomes '?'."""
    pieces = [
        words[piece].cast(pa.string()) if number % 2 else pa.repeat(pa.scalar(piece), rows)
        for number, piece in enumerate(_PLACE.split(template))
    ]
    return pc.binary_join_element_wise(*pieces, "", null_handling="replace", null_replacement="?")
