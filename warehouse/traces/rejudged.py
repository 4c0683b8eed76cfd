"""Spans that stay, but that whole dates judge otherwise than before: their ranges are redone too."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from warehouse import _native
from warehouse.traces.arrow_ipc import read_stream
from warehouse.traces.context import Context
from warehouse.traces.kernel import kernel_input, no_issues
from warehouse.traces.plan import AssemblyPlan, Unit
from warehouse.traces.redone import RangePlace
from warehouse.traces.unit_rows import UnitRows

_FINDING = ("event_date", "trace_id", "finding", "row", "related_row", "value")


def before(rows: UnitRows) -> UnitRows:
    """The unit without what landed."""
    spans, links, known = rows.spans, rows.links, rows.context
    return UnitRows(
        spans.filter(spans["is_assembled"]),
        rows.events,
        links.filter(links["is_assembled"]),
        # Links of spans that are not there are passed over.
        Context(known.spans.filter(known.spans["is_assembled"]), known.links, known.conflicts),
        rows.conflicts,
        rows.outranked,
    )


def rejudged(
    rows: UnitRows, unit: Unit, plan: AssemblyPlan, old: dict[str, pa.Table], new: dict[str, pa.Table]
) -> set[RangePlace]:
    """Ranges of the unit's dates that stay, but in which `new` judges a span or a trace otherwise than `old`.

    `rows` as a survey reads them: light columns, what stays included. No changed trace has a span that stays.
    """
    redone = plan.redone.of_dates(unit.dates)
    stays = pa.array(redone.files_of(rows.spans) < 0)
    traces = pc.unique(rows.spans["trace_id"].filter(stays))
    if not len(traces):
        return set()
    known = rows.context
    kept = UnitRows(
        _of(rows.spans, traces),
        rows.events,
        _of(rows.links, traces),
        Context(*(_of(part, traces) for part in (known.spans, known.links, known.conflicts))),
        rows.conflicts,
        rows.outranked,
    )
    given = kernel_input(kept, no_issues(kept))
    parts = []
    for context, sign in ((old, 1), (new, -1)):
        out = _native.assemble(given.spans, given.links, context, plan.trace_limit)
        found = read_stream(out["violations"]).select(_FINDING)
        parts.append(found.append_column("sign", pa.repeat(pa.scalar(sign), found.num_rows)))
    told = pa.concat_tables(parts).group_by(list(_FINDING), use_threads=False).aggregate([("sign", "sum")])
    return redone.places(told.filter(pc.not_equal(told["sign_sum"], 0)))


def _of(rows: pa.Table, traces: pa.Array) -> pa.Table:
    return rows.filter(pc.is_in(rows["trace_id"], traces))
