"""Traces that no sane tracer makes: the kernel's work stays bounded, and what it says is still right.

A broken propagator can put millions of spans under one trace id. OTLP_TEST_SOAK=1 runs five million; without
it a hundredth. Caps are CPU seconds, generous by an order of magnitude.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import kernel_calls
import numpy as np
import pyarrow as pa
import pytest
from assembling import by_kernel, by_oracle
from large_traces import SHAPES, chain, ids, large_trace, roots
from oracle.comparison import differences
from oracle.traces_dates import DateContext
from random_traces import random_batch
from trace_batch import MIDNIGHT, Batch, span_row

from warehouse import _native

SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Set OTLP_TEST_SEED to the printed number to see a failure again."""
SPANS = 5_000_000 // (1 if os.environ.get("OTLP_TEST_SOAK") else 100)
NO_LIMIT = 2**62
NO_LINKS = Batch().tables()[1]


@contextmanager
def capped(spans: int) -> Iterator[None]:
    """CPU time that a linear pass, and a sort, stays below."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < 5 + spans * 50e-6


def _assembled(spans: pa.Table, links: pa.Table = NO_LINKS, limit: int = NO_LIMIT) -> dict[str, pa.Table]:
    context = kernel_calls.context_tables(DateContext())
    with capped(len(spans)):
        return {k: pa.table(v) for k, v in _native.assemble(spans, links, context, limit).items()}


@pytest.mark.parametrize("step", [1, 2**32, 2**48 + 2**20], ids=["dense", "high bits", "sparse"])
@pytest.mark.parametrize("shape", SHAPES)
def test_one_large_trace_takes_bounded_time(shape: str, step: int) -> None:
    count = SPANS if step == 1 else min(SPANS, 65_000)
    spans = large_trace(SHAPES[shape](count), step)
    out = _assembled(spans)
    assert len(out["spans"]) == count
    assert out["traces"]["span_count"].to_pylist() == [count]
    assert len(out["losers"]) == 0
    with capped(count):
        _native.survey(spans, NO_LINKS)


def test_a_chain_is_walked_to_its_end() -> None:
    out = _assembled(large_trace(chain(SPANS)))
    (trace,) = out["traces"].to_pylist()
    assert (trace["max_depth"], trace["is_complete"], trace["issues"]) == (SPANS - 1, True, 0)
    spans = out["spans"].sort_by("row")
    assert spans["depth"].to_pylist() == list(range(SPANS))
    assert spans["lamport_clock"].to_pylist() == list(range(1, SPANS + 1))
    assert spans["critical_path_nano"].to_pylist() == [1] * (SPANS - 1) + [SPANS + 1]


@pytest.mark.parametrize("shape", SHAPES)
def test_above_the_limit_one_violation_says_so(shape: str) -> None:
    out = _assembled(large_trace(SHAPES[shape](SPANS)), limit=SPANS - 1)
    (violation,) = out["violations"].to_pylist()
    assert (violation["finding"], violation["value"]) == ("trace_too_large", SPANS)
    assert len(out["spans"]) == SPANS
    assert out["spans"]["depth"].null_count == SPANS


def test_copies_of_one_span_are_folded_in_bounded_time() -> None:
    spans = large_trace(roots(SPANS), share_id=True)
    conflicts = _assembled(spans)
    assert conflicts["losers"]["is_conflict"].to_pylist() == [True] * (SPANS - 1)
    at = spans.column_names.index("content_key")
    equal = _assembled(spans.set_column(at, "content_key", pa.repeat(pa.scalar(5), SPANS)))
    assert equal["spans"]["duplicate_count"].to_pylist() == [SPANS - 1]
    assert len(equal["violations"]) == 0


def test_a_ring_of_links_takes_bounded_time() -> None:
    """Every span links to the one before it, the first to the last; and ten times to the very first."""
    spans = large_trace(roots(SPANS))
    position = np.tile(np.arange(SPANS, dtype="i8"), 11)
    target = np.where(np.arange(len(position)) < SPANS, (position - 1) % SPANS, 0)
    trace = pa.repeat(pa.scalar("f" * 32), len(position))
    links = pa.table(
        {
            "event_date": pa.repeat(spans["event_date"][0], len(position)),
            "trace_id": trace,
            "span_id": ids(position),
            "content_key": pa.array(position),
            "linked_trace_id": trace,
            "linked_span_id": ids(target),
        }
    )
    out = _assembled(spans, links)
    found = out["violations"]["finding"].to_pylist()
    assert found.count("link_cycle") == SPANS
    assert out["spans"]["lamport_clock"].null_count == SPANS


def test_many_traces_of_one_span_take_bounded_time() -> None:
    spans = large_trace(roots(SPANS))
    half = ids(np.arange(SPANS, dtype="i8"))
    at = spans.column_names.index("trace_id")
    spans = spans.set_column(at, "trace_id", pa.compute.binary_join_element_wise(half, half, ""))
    out = _assembled(spans)
    assert len(out["traces"]) == SPANS
    assert len(out["violations"]) == 0


EXTREMES: tuple[int, ...] = (-(2**63), -1, 0, 1, 2**62, 2**63 - 1)


def test_times_at_the_ends_of_their_type_do_not_overflow() -> None:
    """Decoding lets none of these through in such pairs; were one to come, no value may wrap around."""
    batch = Batch()
    for n, start in enumerate(e for e in EXTREMES if e >= 0):
        for m, duration in enumerate(EXTREMES):
            number = n * len(EXTREMES) + m + 1
            parent = None if number == 1 else f"{number // 2:016x}"
            more: dict[str, Any] = {"resource_key": number % 2, "kind": 2}
            batch.add(span_row("a" * 32, f"{number:016x}", parent, start, duration, **more))
    got = by_kernel(batch)
    assert {r["row"] for r in got["spans"]} == set(range(len(batch.spans)))
    assert [t["span_count"] for t in got["traces"]] == [len(batch.spans)]
    for row in got["spans"]:
        assert row["self_time_nano"] >= 0
        assert row["critical_path_nano"] >= 0


def test_no_rows_give_no_rows() -> None:
    out = by_kernel(Batch())
    assert out == {"spans": [], "traces": [], "violations": [], "losers": []}


def test_a_missing_column_is_named() -> None:
    spans, links = Batch([span_row("a" * 32, "b" * 16, None, MIDNIGHT, 1)]).tables()
    context = kernel_calls.context_tables(DateContext())
    # Attributes need not be promoted.
    for name in set(spans.column_names).difference(_native.peer_columns()):
        with pytest.raises(ValueError, match=name):
            _native.assemble(spans.drop_columns([name]), links, context, NO_LIMIT)


def test_bytes_that_are_no_text_are_named() -> None:
    """Other writers of Parquet files may leave them in text columns, and pyarrow does not look."""
    spans, links = Batch([span_row("a" * 32, "b" * 16, None, MIDNIGHT, 1)]).tables()
    broken = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.array([0, 1], pa.int32()).buffers()[1], pa.py_buffer(b"\xff")]
    )
    at = spans.column_names.index("service_name")
    with pytest.raises(ValueError, match="service_name"):
        _native.survey(spans.set_column(at, "service_name", broken), links)


@pytest.mark.slow
@pytest.mark.parametrize("spans", [1_000, 50_000])
def test_kernel_agrees_with_the_oracle_on_large_random_traces(spans: int) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    rng = random.Random(SEED)
    batch = random_batch(
        rng, 2, spans=spans // 2, head_share=0.01, backward_share=0.0, copy_share=0.1, odd_share=0.02
    )
    assert differences(by_kernel(batch), by_oracle(batch)) == []


@pytest.mark.parametrize("links", [0.0, 0.5])
def test_kernel_agrees_with_the_oracle_on_a_chain_with_a_cycle(links: float) -> None:
    """10,000 spans in a row, of which the first hangs on a ring."""
    print(f"OTLP_TEST_SEED={SEED}")
    rng, batch = random.Random(SEED), Batch()
    for n in range(10_000):
        parent = n - 1 if n else 7
        linked = [("a" * 32, f"{rng.randrange(10_000) + 1:016x}")] if rng.random() < links else []
        row = span_row("a" * 32, f"{n + 1:016x}", f"{parent + 1:016x}", MIDNIGHT + n, 20_000 - n)
        batch.add(row, linked)
    assert differences(by_kernel(batch), by_oracle(batch)) == []
