"""What the events and links of a unit violate, told of the spans that they hang on."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import Numbers, arrow
from warehouse.integrity.types import FINDING_SCHEMA, child_findings
from warehouse.traces.identity import copy_identity
from warehouse.traces.unit_rows import UnitRows


def findings_of_children(rows: UnitRows) -> pa.Table:
    """Findings, as FINDING_SCHEMA, once per row of `rows.spans`, kind and attribute.

    A copy of a span has the findings of the children that came with it: equal copies each have them all.
    """
    found = [
        _told(children, *finding)
        for what, children in (("event", rows.events), ("link", rows.links))
        for finding in child_findings(children, what)
    ]
    if not found:
        return FINDING_SCHEMA.empty_table()
    told = pa.concat_tables(found)
    numbered = rows.spans.select(
        ["event_date", "trace_id", "span_id", "content_key", "is_assembled"]
    ).append_column("row", arrow(np.arange(rows.spans.num_rows)))
    spans = numbered.filter(pc.is_in(numbered["trace_id"], pc.unique(told["trace_id"])))
    owners = spans.select(["event_date", "trace_id", "row"]).append_column("owner", copy_identity(spans))
    joined = told.drop_columns("trace_id").join(owners, "owner", join_type="inner")
    distinct = joined.group_by(["event_date", "finding", "trace_id", "row", "value"]).aggregate([])
    for name in ("related_row", "peer"):
        nothing = pa.nulls(distinct.num_rows, FINDING_SCHEMA.field(name).type)
        distinct = distinct.append_column(name, nothing)
    return distinct.select(FINDING_SCHEMA.names).cast(FINDING_SCHEMA)


def _told(children: pa.Table, finding: str, at: Numbers, values: Numbers) -> pa.Table:
    rows = children.select(["trace_id", "span_id", "content_key", "is_assembled"]).take(arrow(at))
    columns = {
        "owner": copy_identity(rows),
        "trace_id": rows["trace_id"],
        "finding": pa.repeat(finding, len(at)),
        "value": arrow(values),
    }
    return pa.table(columns)
