"""TYPE and IC5 on span rows: what can be said of a span without its trace."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.constraints import CONSTRAINTS

FINDING_SCHEMA = pa.schema(
    [
        ("event_date", pa.date32()),
        ("finding", pa.string()),
        ("trace_id", pa.string()),
        ("row", pa.int64()),
        ("related_row", pa.int64()),
        ("value", pa.int64()),
    ]
)
"""Findings as the kernel gives them too; `row` counts in the spans given."""


def type_findings(spans: pa.Table) -> tuple[pa.Array, pa.Table]:
    """Bits of `issues` per span (IC5 and TYPE), and the findings of single spans."""
    unnamed = pc.equal(pc.fill_null(spans["service_name"], ""), "")
    bits = pc.if_else(unnamed, pa.scalar(CONSTRAINTS["IC5"].bit, pa.int32()), pa.scalar(0, pa.int32()))
    known = bits.combine_chunks() if isinstance(bits, pa.ChunkedArray) else bits
    return known, FINDING_SCHEMA.empty_table()
