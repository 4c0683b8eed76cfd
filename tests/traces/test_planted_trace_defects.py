"""One planted defect yields exactly its violation, on its row; what is sound yields none."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from assembling import ENGINES, Engine, by_kernel, by_oracle
from built_traces import built
from planted_in_traces import DEFECTS, Found, Planting
from sound_oddities import SOUND
from trace_batch import Batch

TRACES = 20
engines = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)


def _name(function: Any) -> str:
    return function.__name__.replace("_", " ")


def _sound() -> Batch:
    """Traces without defect; `cart` has SERVER spans among them."""
    batch = built(random.Random(7), TRACES).batch
    assert any(r["kind"] == 2 and r["service_name"] == "cart" for r in batch.spans)
    return batch


def _expected(batch: Batch, found: list[Found]) -> tuple[list[Any], dict[int, int]]:
    """Violations as (finding, row, related row, value, date), and the bits by row."""
    at = {id(row): n for n, row in enumerate(batch.spans)}
    violations, bits = [], {}
    for f in found:
        related = None if f.related is None else at[id(f.related)]
        violations.append((f.finding, at[id(f.row)], related, f.value, f.row["event_date"]))
        for row in (f.row,) if f.marked is None else f.marked:
            bits[at[id(row)]] = bits.get(at[id(row)], 0) | f.bit
    return sorted(violations), bits


@engines
@pytest.mark.parametrize("plant", DEFECTS, ids=_name)
def test_a_planted_defect_is_the_only_violation(plant: Planting, engine: Engine) -> None:
    batch = _sound()
    violations, bits = _expected(batch, plant(batch))
    tables = engine(batch)
    got = [
        (v["finding"], v["row"], v["related_row"], v["value"], v["event_date"]) for v in tables["violations"]
    ]
    assert sorted(got) == violations
    assert {r["row"]: r["issues"] for r in tables["spans"] if r["issues"]} == bits
    of_trace: dict[str, int] = {}
    for row, bit in bits.items():
        if batch.spans[row]["span_id"] and batch.spans[row]["trace_id"].strip("0"):
            trace = batch.spans[row]["trace_id"]
            of_trace[trace] = of_trace.get(trace, 0) | bit
    assert {t["trace_id"]: t["issues"] for t in tables["traces"] if t["issues"]} == of_trace


@engines
@pytest.mark.parametrize("plant", SOUND, ids=_name)
def test_what_is_sound_yields_no_violation(plant: Callable[[Batch], None], engine: Engine) -> None:
    batch = _sound()
    plant(batch)
    tables = engine(batch)
    assert tables["violations"] == []
    assert {r["issues"] for r in tables["spans"]} == {0}
    assert {t["issues"] for t in tables["traces"]} == {0}


@pytest.mark.parametrize("assemble", [by_oracle, by_kernel])
def test_a_trace_above_the_limit_is_the_only_violation(assemble: Callable[[Batch, int], Any]) -> None:
    batch = _sound()
    sizes: dict[str, int] = {}
    for row in batch.spans:
        sizes[row["trace_id"]] = sizes.get(row["trace_id"], 0) + 1
    largest = max(sizes, key=lambda t: sizes[t])
    rest = sorted(sizes.values())[-2]
    assert sizes[largest] > rest
    assert assemble(batch, sizes[largest])["violations"] == []
    (violation,) = assemble(batch, sizes[largest] - 1)["violations"]
    assert violation == {
        "finding": "trace_too_large",
        "event_date": batch.spans[0]["event_date"],
        "trace_id": largest,
        "row": None,
        "related_row": None,
        "value": sizes[largest],
    }


@engines
def test_issues_known_before_stay(engine: Engine) -> None:
    batch = _sound()
    batch.spans[3]["known_issues"] = 16
    trace = batch.spans[3]["trace_id"]
    tables = engine(batch)
    assert tables["violations"] == []
    assert {r["row"]: r["issues"] for r in tables["spans"] if r["issues"]} == {3: 16}
    assert {t["trace_id"]: t["issues"] for t in tables["traces"] if t["issues"]} == {trace: 16}
