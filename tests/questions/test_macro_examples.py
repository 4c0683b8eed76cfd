"""The examples of the served file's macros on the questions' page run and find something."""

from __future__ import annotations

import re

import pytest
from planted_history import History

from benchmarks.questions.catalogue import PAGE

pytestmark = pytest.mark.slow


def test_examples_of_macros(history: History) -> None:
    (block,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    examples = [example for example in block.split(";\n") if example.strip()]
    macros = {"service_latency", "operation_latency", "service_map", "latency_quantile"}
    assert macros <= set(re.findall(r"\w+", block))
    for example in examples:
        rows = history.con.sql(example).fetchall()
        assert rows, example
        assert all(row[-1] is not None and row[-1] > 0 for row in rows), example
