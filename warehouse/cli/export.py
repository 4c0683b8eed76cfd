"""`otlp-warehouse export`: the lake back to OTLP files."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from warehouse.cli.options import (
    DEFAULT_LAKE,
    DEFAULT_WAREHOUSE,
    JsonOption,
    LakeOption,
    WarehouseOption,
)

_DATE = ["%Y-%m-%d"]


class OtlpForm(StrEnum):
    """Encoding of the written files."""

    json = "json"
    proto = "proto"


def export(
    out: Annotated[Path, typer.Option(help="Folder for the files; one a signal and date.")] = Path("export"),
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DATE, help="First event date, UTC. Default: all.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=_DATE, help="Last event date, UTC, included.")
    ] = None,
    form: Annotated[
        OtlpForm, typer.Option("--format", help="JSON lines, or protobuf behind uint32 lengths.")
    ] = OtlpForm.json,
    lake: LakeOption = DEFAULT_LAKE,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    as_json: JsonOption = False,
) -> None:
    """Write records of the lake as OTLP files, which any OTLP reader takes.

    A file of an earlier export is replaced by one of the same signal, date and format; others are left and
    told.

    Examples:

      otlp-warehouse export --from 2026-11-01 --to 2026-11-07 --out week

      otlp-warehouse export --format proto --out everything
    """
    from warehouse.cli.screen import console, counted, print_json, size, step_progress
    from warehouse.runs import recorded
    from warehouse.serve.export import export as write

    with recorded("export", warehouse) as noted, step_progress("Exporting", as_json) as step_done:
        done = write(
            lake,
            out,
            first=first.date() if first else None,
            last=last.date() if last else None,
            form=form.value,
            progress=step_done,
        )
        noted.rows = done.records
    if as_json:
        print_json(done.to_json())
        return
    records = ", ".join(
        (
            counted(done.spans, "span"),
            counted(done.log_records, "log record"),
            counted(done.metric_points, "metric point"),
        )
    )
    screen = console()
    screen.print(f"Wrote {records} as {counted(done.files, 'file')} ({size(done.bytes)}) to {out}.")
    if done.left:
        left = counted(done.left, "file of an earlier export is", "files of earlier exports are")
        screen.print(f"{left} still in {out}: choose another --out to have these records alone.")
