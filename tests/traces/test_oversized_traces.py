"""A trace of more spans than fit a unit: written in bounded memory, told by one violation, never computed.

OTLP_TEST_SOAK=1 assembles five million spans of one trace id with the shipped bounds; without it a hundredth,
with bounds to match.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from arriving_traces import Arrivals, arrivals
from assembled_content import accounts, content, views

from warehouse.lake.ingest import ingest
from warehouse.traces.assemble import assemble

SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Set OTLP_TEST_SEED to the printed number to see a failure again."""
ONE_ID = "7" * 32
LIMIT = 60


def _made() -> Arrivals:
    """Ordinary traces, and thirty whose spans came out under one id, over two midnights."""
    made = arrivals(SEED, 60)
    joined = {span["traceId"] for _, span in made.spans[:40]}
    for _, span in made.spans:
        if span["traceId"] in joined:
            span["traceId"] = ONE_ID
    return made


def test_a_trace_beyond_the_limit_is_told_alike_in_any_units_and_pieces(tmp_path: Path) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    made = _made()
    (tmp_path / "all").write_text(made.lines())
    ingest([tmp_path / "all"], tmp_path / "whole")
    assemble(tmp_path / "whole", settle=True, trace_limit=LIMIT)
    third = len(made.spans) // 3
    for begin, end in ((0, third), (third, 2 * third), (2 * third, None)):
        (tmp_path / str(begin)).write_text(made.lines(begin, end))
        ingest([tmp_path / str(begin)], tmp_path / "lake")
        assemble(tmp_path / "lake", settle=True, trace_limit=LIMIT, unit_rows=50)
    assert content(tmp_path / "lake") == content(tmp_path / "whole")
    assert accounts(tmp_path / "lake") == (len(made.spans), len(made.spans))
    with views(tmp_path / "lake") as con:
        distinct = len({span["spanId"] for _, span in made.spans if span["traceId"] == ONE_ID})
        named = len({service for service, span in made.spans if span["traceId"] == ONE_ID})
        told = con.sql(
            f"""
            select span_count, service_count, is_complete, max_depth
            from lake.traces where trace_id = '{ONE_ID}'"""
        )
        assert told.fetchall() == [(distinct, named, False, None)]
        spans = con.sql(f"select count(*), count(depth) from lake.spans where trace_id = '{ONE_ID}'")
        assert spans.fetchall() == [(distinct, 0)]
        found = con.sql(
            "select trace_id, detail from lake.integrity_violations where finding = 'trace_too_large'"
        )
        ((trace_id, detail),) = found.fetchall()
        assert trace_id == ONE_ID
        assert f"{distinct} spans" in detail


SCALE = 1 if os.environ.get("OTLP_TEST_SOAK") else 100
MOST_MIB = 1000 if SCALE == 1 else 500
_ASSEMBLE = f"""
import sys
from peak_memory import peak_bytes
from warehouse.traces.assemble import assemble
from warehouse.traces.oversized import TRACE_LIMIT
from warehouse.traces.ranges import UNIT_ROWS
bounds = {{"unit_rows": UNIT_ROWS // {SCALE}, "trace_limit": TRACE_LIMIT // {SCALE}}}
assemble(sys.argv[1], settle=True, workers=1, **bounds)
print(peak_bytes() >> 20)
"""


@pytest.mark.slow
def test_five_million_spans_of_one_id(tmp_path: Path) -> None:
    total, size = 5_000_000 // SCALE, 500_000 // SCALE
    for first in range(0, total, size):
        with (tmp_path / "spans.jsonl").open("w") as file:
            for line in range(first, first + size, 500):
                spans = [_span(number) for number in range(line, line + 500)]
                file.write(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}) + "\n")
        ingest([tmp_path / "spans.jsonl"], tmp_path / "lake")
    command = [sys.executable, "-c", _ASSEMBLE, str(tmp_path / "lake")]
    tests = Path(__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": f"{tests}:{tests.parent}"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    print(f"{done.stdout.strip()} MiB")
    assert int(done.stdout) < MOST_MIB
    with views(tmp_path / "lake") as con:
        assert con.sql("select span_count from lake.traces").fetchall() == [(total,)]
        assert con.sql("select count(*), count(depth) from lake.spans").fetchall() == [(total, 0)]
        found = con.sql("select count(*) from lake.integrity_violations where finding = 'trace_too_large'")
        assert found.fetchall() == [(1,)]


def _span(number: int) -> dict[str, object]:
    start = 1_763_640_000_000_000_000 + number * 1000
    return {
        "traceId": ONE_ID,
        "spanId": f"{number * 2654435761 % 2**64 + 1:016x}",
        "parentSpanId": f"{(number // 2) * 2654435761 % 2**64 + 1:016x}" if number else "",
        "name": f"operation {number % 50}",
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 500),
    }
