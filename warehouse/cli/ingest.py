"""`otlp-warehouse ingest`: OTLP files into the lake."""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.cli.options import DEFAULT_LAKE, JsonOption, LakeOption


def ingest(
    sources: Annotated[list[str], typer.Argument(metavar="SRC...", help="Files, folders or patterns.")],
    lake: LakeOption = DEFAULT_LAKE,
    workers: Annotated[int | None, typer.Option(min=1, help="Workers; all cores when not given.")] = None,
    max_decompressed: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="BYTES",
            help="Bytes taken from one compressed file at most; 64 GiB when not given.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read OTLP files into the lake. What was read before is skipped, so run it as often as you like.

    Examples:

      otlp-warehouse ingest exports/

      otlp-warehouse ingest 'exports/**/*.json' traces.pb --lake /data/lake

      otlp-warehouse ingest exports/ --json
    """
    from warehouse.cli.screen import byte_progress, print_json
    from warehouse.lake.ingest import ingest as run
    from warehouse.otlp.compression import DECOMPRESSED_LIMIT

    limit = max_decompressed or DECOMPRESSED_LIMIT
    with byte_progress("Reading", as_json) as progress:
        result = run(sources, lake, workers=workers, progress=progress, max_decompressed=limit)
    if as_json:
        print_json(result.to_json())
        return
    from warehouse.cli.ingest_report import print_report

    print_report(result, lake)
