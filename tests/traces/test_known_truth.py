"""Traces built with their answer come out with it, and without any violation."""

from __future__ import annotations

import os
import random

import pytest
from assembling import ENGINES, Engine
from built_traces import built

SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Set OTLP_TEST_SEED to the printed number to see a failure again."""


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_assembly_finds_what_the_builder_knows(engine: Engine) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    made = built(random.Random(SEED), traces=400)
    tables = engine(made.batch)
    got = {}
    for row in tables["spans"]:
        span = made.batch.spans[row.pop("row")]
        got[span["trace_id"], span["span_id"]] = row
    assert got == made.spans
    traces = {t["trace_id"]: {k: t[k] for k in made.traces[t["trace_id"]]} for t in tables["traces"]}
    assert traces == made.traces
    assert tables["violations"] == []
    assert tables["losers"] == []
