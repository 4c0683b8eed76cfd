"""The order of the input rows says nothing: the tables are the same but for row numbers."""

from __future__ import annotations

import os
import random
from typing import Any

import kernel_calls
import pytest
from assembling import ENGINES, Engine
from oracle.comparison import differences
from random_traces import random_batch
from trace_batch import Batch

SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Set OTLP_TEST_SEED to the printed number to see a failure again."""
_ROWS = ("row", "related_row", "winner_row", "root_row")


def _without_row_numbers(batch: Batch, tables: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Every row number replaced by what the row says; equal copies say the same."""
    said = [repr(sorted(row.items())) for row in batch.spans]
    return {
        table: [{k: said[v] if k in _ROWS and v is not None else v for k, v in row.items()} for row in rows]
        for table, rows in tables.items()
    }


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_permuted_rows_give_the_same_tables(engine: Engine) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    rng = random.Random(SEED)
    batch = random_batch(rng, traces=60)
    wanted = _without_row_numbers(batch, engine(batch))
    for _ in range(5):
        permuted = batch.shuffled(rng)
        got = _without_row_numbers(permuted, engine(permuted))
        assert differences(got, wanted) == []
        assert got["traces"] == wanted["traces"]


def test_permuted_rows_give_the_same_survey() -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    rng = random.Random(SEED)
    batch = random_batch(rng, traces=60)
    assert kernel_calls.surveyed(batch) == kernel_calls.surveyed(batch.shuffled(rng))


def test_traces_may_be_assembled_in_any_parts() -> None:
    """Whole traces, with the context of all: part by part the kernel says what it says of them together."""
    print(f"OTLP_TEST_SEED={SEED}")
    batch = random_batch(random.Random(SEED), traces=60)
    context = batch.context()
    whole = _without_row_numbers(batch, kernel_calls.assembled(batch, context, 10**6))
    parts: dict[str, list[Any]] = {name: [] for name in whole}
    for remainder in range(3):
        chosen = {r["trace_id"] for r in batch.spans if sum(r["trace_id"].encode()) % 3 == remainder}
        part = Batch(
            [r for r in batch.spans if r["trace_id"] in chosen],
            [r for r in batch.links if r["trace_id"] in chosen],
        )
        for name, rows in _without_row_numbers(part, kernel_calls.assembled(part, context, 10**6)).items():
            parts[name] += rows
    assert differences(parts, whole) == []
