"""Writing a report: at once or not at all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.report.figures import Figures, read
from warehouse.report.page import render
from warehouse.telemetry import traced


@dataclass(frozen=True, slots=True)
class Report:
    """A written report: its file, length in bytes, and the figures that it shows."""

    file: Path
    bytes: int
    figures: Figures


@traced("report")
def write_report(
    warehouse: Path, out: Path, *, from_text: str | None = None, to_text: str | None = None
) -> Report:
    """Write the report on from..to (dates or times, UTC; by default the last seven days) to `out`.

    The same range of the same served file gives the same bytes. Raises WarehouseError when there is no served
    file, when no span lies in the range, or when `out` cannot be written; an older report is then as it was.
    """
    figures = read(warehouse, from_text, to_text)
    text = render(figures).encode()
    waiting = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        waiting.write_bytes(text)
        waiting.replace(out)
    except OSError as error:
        raise WarehouseError(f"{out} cannot be written ({error.strerror}): choose another --out.") from error
    finally:
        if waiting.exists():
            waiting.unlink()
    return Report(out, len(text), figures)
