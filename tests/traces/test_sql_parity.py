"""The SQL formulation of parents, depth and self time gives what the oracle gives."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from oracle.comparison import differences
from oracle.traces import assemble
from random_traces import random_batch
from sql_formulation import sql_columns
from trace_batch import Batch

SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Set OTLP_TEST_SEED to the printed number to see a failure again."""
PLACES = (
    "row",
    "is_root",
    "is_orphan",
    "depth",
    "child_count",
    "parent_service_name",
    "is_remote_parent",
    "self_time_nano",
)


def _oracle_columns(batch: Batch) -> list[dict[str, Any]]:
    rows = assemble(batch.oracle_spans(), batch.context(), trace_limit=10**9)["spans"]
    return [{name: row[name] for name in PLACES} for row in rows if row["is_root"] is not None]


@pytest.mark.parametrize("number", range(6))
def test_sql_agrees_with_the_oracle_on_random_traces(number: int) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    batch = random_batch(random.Random(SEED + number), traces=100)
    got = {"spans": sql_columns(batch.tables()[0])}
    assert differences(got, {"spans": _oracle_columns(batch)}) == []


def test_sql_agrees_with_the_oracle_on_a_large_trace() -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    batch = random_batch(random.Random(SEED), traces=1, spans=5_000, head_share=0.01, backward_share=0.0)
    got = {"spans": sql_columns(batch.tables()[0])}
    assert differences(got, {"spans": _oracle_columns(batch)}) == []
