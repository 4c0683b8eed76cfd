"""`otlp-warehouse ingest`: OTLP files into the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.cli.options import (
    DEFAULT_LAKE,
    DEFAULT_WAREHOUSE,
    EngineOption,
    JsonOption,
    LakeOption,
    MasterOption,
    MaxRecordOption,
    WarehouseOption,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warehouse.lake.ingest import IngestResult
    from warehouse.stores.places import Place


def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SRC...", help="Files, folders, patterns, s3://, gs:// and abfss:// URLs."),
    ],
    lake: LakeOption = DEFAULT_LAKE,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    workers: Annotated[int | None, typer.Option(min=1, help="Workers; all cores when not given.")] = None,
    max_decompressed: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="BYTES",
            help="Bytes taken from one compressed file at most; 64 GiB when not given.",
        ),
    ] = None,
    max_record: MaxRecordOption = None,
    engine: EngineOption = "local",
    master: MasterOption = None,
    list_only: Annotated[
        bool,
        typer.Option(
            "--list", help="Read nothing: count the files that each source names; none is no error."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read OTLP files into the lake. What was read before is skipped, so run it as often as you like.

    Examples:

      otlp-warehouse ingest exports/

      otlp-warehouse ingest 'exports/**/*.json' traces.pb --lake /data/lake

      otlp-warehouse ingest s3://telemetry/otel/year=2026/month=11

      otlp-warehouse ingest exports/ --json

      otlp-warehouse ingest --list 'exports/*-2026-11-20.jsonl'

      otlp-warehouse ingest /shared/exports --lake /shared/lake --engine spark --master spark://host:7077
    """
    from warehouse.cli.screen import byte_progress, print_json
    from warehouse.lake.ingest import ingest as run
    from warehouse.otlp.compression import DECOMPRESSED_LIMIT
    from warehouse.otlp.pending import RECORD_LIMIT
    from warehouse.runs import recorded

    if list_only:
        _list(sources, lake, as_json)
        return
    with recorded("ingest", warehouse) as noted:
        if engine == "spark":
            limits = {
                "--workers": workers,
                "--max-decompressed": max_decompressed,
                "--max-record": max_record,
            }
            result = _on_spark(sources, lake, limits, master)
        else:
            with byte_progress("Reading", as_json) as progress:
                result = run(
                    sources,
                    lake,
                    workers=workers,
                    progress=progress,
                    record_limit=max_record or RECORD_LIMIT,
                    max_decompressed=max_decompressed or DECOMPRESSED_LIMIT,
                )
        noted.rows = sum(result.rows.values())
    if as_json:
        print_json(result.to_json())
        return
    from warehouse.cli.ingest_report import print_report

    print_report(result, lake)


def _list(sources: list[str], lake: Place, as_json: bool) -> None:
    from warehouse.cli.screen import console, counted, print_json
    from warehouse.otlp.sources import count_files

    counts = count_files(sources, leave_out=lake)
    if as_json:
        print_json({"files": sum(counts.values()), "sources": counts})
        return
    for source, files in counts.items():
        console().print(f"{source}: {counted(files, 'file')}", markup=False, highlight=False)


def _on_spark(
    sources: list[str], lake: Place, limits: Mapping[str, int | None], master: str | None
) -> IngestResult:
    """Submit the job and take its result."""
    from warehouse.lake.ingest import IngestResult
    from warehouse.spark.submission import submit_for_json

    given = [word for name, value in limits.items() if value for word in (name, str(value))]
    found = submit_for_json("ingest_otlp", ["--lake", str(lake), *given, "--", *sources], master)
    return IngestResult.from_json(found)
