"""The run log: one line of JSON for every run of a verb or Spark job that writes something.

It lies beside the served file, also when the lake is in an object store, and only grows.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from warehouse.errors import CHECK_FAILED, WarehouseError

_READ_BYTES = 262_144
"""How much of the log's end is read: about a thousand runs."""


@dataclass(slots=True)
class Run:
    """One run. `rows` are what it wrote where it counts any; `reason` says why it did not end well."""

    verb: str
    started_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    seconds: float = 0.0
    outcome: str = "failed"
    rows: int | None = None
    reason: str | None = None


@contextmanager
def recorded(verb: str, warehouse: Path) -> Iterator[Run]:
    """Note the run inside when it ends, however it ends. A log that cannot be written fails no run."""
    run, began = Run(verb), time.monotonic()
    try:
        yield run
        if run.outcome == "failed":
            run.outcome = "done"
    except WarehouseError as error:
        run.outcome = "check failed" if error.exit_code == CHECK_FAILED else "failed"
        run.reason = error.message
        raise
    except BaseException as error:
        run.reason = type(error).__name__
        raise
    finally:
        run.seconds = round(time.monotonic() - began, 3)
        # The folder is not made: a run that could not begin leaves nothing behind.
        with suppress(OSError):
            log = os.open(log_of(warehouse), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(log, (json.dumps(asdict(run), ensure_ascii=False) + "\n").encode())
            finally:
                os.close(log)


def log_of(warehouse: Path) -> Path:
    return warehouse.with_name(f".{warehouse.name}.runs.jsonl")


def last_runs(warehouse: Path) -> list[Run]:
    """The last run of every verb, the newest first; none without a log. Torn lines are skipped."""
    try:
        with log_of(warehouse).open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - _READ_BYTES))
            lines = log.read().splitlines()
    except OSError:
        return []
    found: dict[str, Run] = {}
    for line in reversed(lines):
        with suppress(ValueError, TypeError):
            run = Run(**json.loads(line))
            found.setdefault(run.verb, run)
    return list(found.values())
