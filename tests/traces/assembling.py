"""The engines under test: the same rows in, the same tables out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import kernel_calls
from oracle import traces
from trace_batch import Batch

Tables = dict[str, list[dict[str, Any]]]
Engine = Callable[[Batch], Tables]
TRACE_LIMIT = 1_000_000


def by_oracle(batch: Batch, trace_limit: int = TRACE_LIMIT) -> Tables:
    return traces.assemble(batch.oracle_spans(), batch.context(), trace_limit)


def by_kernel(batch: Batch, trace_limit: int = TRACE_LIMIT) -> Tables:
    return kernel_calls.assembled(batch, batch.context(), trace_limit)


ENGINES: dict[str, Engine] = {"oracle": by_oracle, "kernel": by_kernel}
