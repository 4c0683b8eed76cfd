"""What an ingest says at its end: what was read, what was not and why, and what to do next."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from warehouse.cli import lake_facts
from warehouse.cli.screen import console, count, counted, size, table
from warehouse.lake.ingest import IngestResult
from warehouse.stores.places import Place


def print_report(result: IngestResult, lake: Place, next_step: bool = True) -> None:
    """Print the summary and the diagnosis of a run."""
    screen = console()
    if result.batch_id is None:
        screen.print(f"Nothing new: {counted(result.skipped, 'file')} skipped, read before.", highlight=False)
    else:
        con = lake_facts.connect(lake)
        forms = lake_facts.forms_of_batch(con, result.batch_id)
        screen.print(
            table(
                f"Batch {result.batch_id}: {counted(result.files, 'file')} in {result.seconds:.1f} s"
                + (f", {count(result.skipped)} skipped (content read already)" if result.skipped else ""),
                ("form", "files", "bytes", "spans", "log records", "metric points", "rejected"),
                [(f, count(n), size(b), *map(count, counts)) for f, n, b, *counts in forms],
                right=range(1, 7),
            )
        )
        for line in (*_rejects(con, result.batch_id), *_diagnosis(con, result)):
            screen.print(line, highlight=False, markup=False)
    if next_step:
        screen.print(f"Next: otlp-warehouse build{_lake_flag(lake)}", highlight=False, markup=False)


def _rejects(con: DuckDBPyConnection, batch: int) -> list[str]:
    """A line per reason: how many, why, and where the first one is."""
    lines = []
    for reason, signal, records, why, path, offset in lake_facts.rejects_of_batch(con, batch):
        what = counted(records, signal.replace("_", " "))
        lines.append(f"Rejected {what}, {reason}: {why.rstrip('.')}. First at {path} byte {offset}")
    return lines


def _diagnosis(con: DuckDBPyConnection, result: IngestResult) -> list[str]:
    lines = []
    spans = result.rows["spans_landing"]
    if spans:
        unnamed = lake_facts.unnamed_spans(con, result.batch_id or 0)
        if unnamed:
            lines.append(
                f"{count(unnamed)} of {count(spans)} spans have no service.name: set it in their SDK."
            )
        orphans = lake_facts.orphans(con)
        if orphans:
            lines.append(
                f"{count(orphans)} spans of the lake name a parent that it does not hold (yet): "
                "missing files, or sampling."
            )
    return lines + lake_facts.torn_sentences(lake_facts.torn_tails(con))


def _lake_flag(lake: Place) -> str:
    from warehouse.cli.options import DEFAULT_LAKE

    return "" if lake == DEFAULT_LAKE else f" --lake {lake}"
