"""Findings become rows of integrity_violations that name what a person has to look at."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from span_tables import DAY, span, spans

from warehouse.integrity.findings import FINDINGS
from warehouse.integrity.rendering import SCHEMA, render_violations

SPANS = spans(
    span(name="GET /cart", service_name="cart", span_id="1" * 16, parent_span_id="9" * 16, resource_key=1),
    span(name="", service_name=None, span_id="2" * 16, resource_key=2),
    span(name="pay", service_name="payment", span_id="3" * 16, resource_key=3),
)


def found(*findings: dict[str, Any]) -> pa.Table:
    plain = {"event_date": DAY, "trace_id": "a" * 32, "row": None, "related_row": None, "value": None}
    rows = [plain | f for f in findings]
    types = {"event_date": pa.date32(), "row": pa.int64(), "related_row": pa.int64(), "value": pa.int64()}
    names = {name for row in rows for name in row}
    return pa.table({n: pa.array([r.get(n) for r in rows], types.get(n, pa.string())) for n in names})


def rendered(*findings: dict[str, Any], of: pa.Table | None = SPANS) -> list[dict[str, Any]]:
    return render_violations(found(*findings), of).to_pylist()


def test_a_row_names_the_span_and_its_resource() -> None:
    (row,) = rendered({"finding": "missing_parent", "row": 0})
    assert row == {
        "event_date": DAY,
        "constraint_id": "IC2",
        "severity": "warning",
        "finding": "missing_parent",
        "trace_id": "a" * 32,
        "span_id": "1" * 16,
        "stream_key": None,
        "resource_key": 1,
        "detail": "Span GET /cart of cart names the parent 9999999999999999, which the trace does not hold.",
        "fix": row["fix"],
    }
    assert row["fix"].startswith("Instrument and export the caller of cart,")


def test_both_spans_of_a_pair_and_the_length_of_time_are_named() -> None:
    (row,) = rendered({"finding": "outside_parent", "row": 2, "related_row": 0, "value": 2_500_000})
    assert row["detail"].startswith("Span pay of payment lies 2.5 ms outside its parent GET /cart of cart,")
    assert row["fix"].startswith("End GET /cart after the work that it waits for,")
    (row,) = rendered({"finding": "ends_before_start", "row": 1, "value": -1500})
    assert row["detail"] == "Span (no name) of (unnamed service) ends 1.5 µs before it starts."


def test_what_concerns_a_trace_names_no_span() -> None:
    (row,) = rendered({"finding": "trace_too_large", "value": 5_000_000})
    assert (row["span_id"], row["resource_key"]) == (None, None)
    assert row["detail"].startswith("The trace holds 5000000 spans")


def test_a_peer_is_named_by_what_the_span_states() -> None:
    details = [
        rendered({"finding": "uninstrumented_callee", "row": 0, "peer": peer})[0]["detail"]
        for peer in ("db.local", None)
    ]
    assert [d.split(" calls ")[1].split(",")[0] for d in details] == ["db.local", "its peer"]


def test_empty_trace_ids_are_null_and_long_names_are_cut() -> None:
    rows = spans(span(name="é" * 5000, trace_id="", span_id=""))
    (row,) = rendered({"finding": "bad_trace_id", "trace_id": "", "row": 0}, of=rows)
    assert row["trace_id"] is None
    assert "é" * 200 + "…" in row["detail"] and "é" * 201 not in row["detail"]


def test_dictionaries_chunks_and_slices_are_read_alike() -> None:
    findings = found(
        {"finding": "missing_parent", "row": 0}, {"finding": "multiple_roots", "row": 2, "value": 2}
    )
    plain = render_violations(findings, SPANS)
    encoded = SPANS.set_column(
        SPANS.schema.get_field_index("name"), "name", SPANS.column("name").dictionary_encode()
    )
    chunked = pa.concat_tables([encoded.slice(n, 1) for n in range(3)])
    names = pa.concat_tables([findings.slice(1), findings.slice(0, 1)])
    assert render_violations(names, chunked).equals(plain)


def test_the_order_does_not_depend_on_the_order_of_findings() -> None:
    findings = [{"finding": f, "row": n % 3, "value": n % 5} for n, f in enumerate(sorted(FINDINGS) * 3)]
    shuffled = random.Random(5).sample(findings, len(findings))
    assert rendered(*shuffled) == rendered(*findings)
    assert len(rendered(*findings)) == len(findings)


def test_nothing_found_is_an_empty_table() -> None:
    empty = render_violations(found({"finding": "missing_parent", "row": 0}).slice(0, 0), SPANS)
    assert empty.schema == SCHEMA and len(empty) == 0


def test_an_unknown_finding_is_no_silent_row() -> None:
    with pytest.raises(KeyError, match="surprise"):
        rendered({"finding": "surprise", "row": 0})
