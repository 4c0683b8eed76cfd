"""The native kernel gives what the oracle gives, on thousands of random traces."""

from __future__ import annotations

import os
import random

import kernel_calls
import pytest
from assembling import TRACE_LIMIT, by_kernel, by_oracle
from oracle import traces_dates
from oracle.comparison import differences
from random_traces import random_batch
from trace_batch import TEXT_TYPES, Batch

SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Set OTLP_TEST_SEED to the printed number to see a failure again."""


def _same(batch: Batch, trace_limit: int = TRACE_LIMIT) -> None:
    got, wanted = by_kernel(batch, trace_limit), by_oracle(batch, trace_limit)
    assert differences(got, wanted) == []
    assert [r["row"] for r in got["spans"]] == [r["row"] for r in wanted["spans"]]
    assert [r["trace_id"] for r in got["traces"]] == [r["trace_id"] for r in wanted["traces"]]


@pytest.mark.parametrize("number", range(20))
def test_kernel_agrees_with_the_oracle_on_random_traces(number: int) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    _same(random_batch(random.Random(SEED + number), traces=100))


@pytest.mark.parametrize("number", range(10))
def test_survey_agrees_with_the_oracle(number: int) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    batch = random_batch(random.Random(SEED + number), traces=60)
    assert kernel_calls.surveyed(batch) == traces_dates.survey(batch.oracle_spans())


@pytest.mark.parametrize("number", range(5))
def test_traces_above_the_limit_are_counted_alone(number: int) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    _same(random_batch(random.Random(SEED + number), traces=60), trace_limit=6)


@pytest.mark.parametrize("text", TEXT_TYPES, ids=str)
@pytest.mark.parametrize("batch_rows", [1, 7, None])
def test_every_text_type_and_cut_into_record_batches_reads_the_same(
    text: object, batch_rows: int | None
) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    batch = random_batch(random.Random(SEED), traces=20)
    got = kernel_calls.assembled(batch, batch.context(), TRACE_LIMIT, text, batch_rows)
    assert differences(got, by_oracle(batch)) == []


@pytest.mark.parametrize("number", range(5))
def test_colliding_rows_are_assembled_spans_of_which_a_copy_landed(number: int) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    rows = random_batch(random.Random(SEED + number), traces=60).spans
    landed = {(r["trace_id"], r["span_id"]) for r in rows if not r["is_assembled"]}
    wanted = [
        n
        for n, r in enumerate(rows)
        if r["is_assembled"]
        and (r["trace_id"], r["span_id"]) in landed
        and r["trace_id"].strip("0")
        and r["span_id"].strip("0")
    ]
    assert kernel_calls.colliding(Batch(rows)) == wanted
