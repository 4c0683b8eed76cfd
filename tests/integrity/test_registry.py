"""The registry of constraints is complete, and its page is fresh."""

from __future__ import annotations

from string import Formatter

from warehouse.integrity.constraints import CONSTRAINTS
from warehouse.integrity.findings import FINDINGS
from warehouse.integrity.page import CONSTRAINTS_PAGE, constraints_page
from warehouse.schemas.trace_tables import SPANS

KERNEL_FINDINGS = {
    "multiple_roots",
    "conflicting_duplicate",
    "missing_parent",
    "uninstrumented_callee",
    "unnamed_peer",
    "ends_before_start",
    "outside_parent",
    "parent_cycle",
    "link_cycle",
    "trace_too_large",
    "bad_trace_id",
    "bad_span_id",
    "zero_parent_id",
}


def test_bits_are_those_that_the_schema_documents() -> None:
    stated = ", ".join(f"{c.id} {c.bit}" for c in CONSTRAINTS.values())
    assert SPANS.column("issues").doc.endswith(stated)


def test_every_finding_belongs_to_a_constraint_and_every_constraint_can_be_broken() -> None:
    assert {f.constraint for f in FINDINGS.values()} <= set(CONSTRAINTS)
    assert set(FINDINGS) >= KERNEL_FINDINGS


def test_a_constraint_is_as_grave_as_its_gravest_finding() -> None:
    order = ["error", "warning", "info"]
    for constraint in {f.constraint for f in FINDINGS.values()}:
        severities = {f.severity for f in FINDINGS.values() if f.constraint == constraint}
        assert CONSTRAINTS[constraint].severity == min(severities, key=order.index)


def test_sentences_end_and_fields_have_names() -> None:
    for finding in FINDINGS.values():
        for sentence in (finding.detail, finding.fix):
            assert sentence.endswith("."), finding.name
            assert all(field != "" for _, field, _, _ in Formatter().parse(sentence)), finding.name


def test_the_page_is_fresh() -> None:
    assert CONSTRAINTS_PAGE.read_text(encoding="utf-8") == constraints_page(), "run `make generate`"
