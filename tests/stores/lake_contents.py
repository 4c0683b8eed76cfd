"""A lake filled in two runs, and all that readers see of it, for comparing lakes in different places."""

from __future__ import annotations

from pathlib import Path

from otlp_lines import mixed_lines, trace_line

from warehouse.cli import lake_facts
from warehouse.lake.ingest import ingest
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place
from warehouse.traces.assemble import assemble


def write_sources(folder: Path) -> None:
    folder.mkdir()
    (folder / "first.jsonl").write_text(mixed_lines(0, 20))
    (folder / "second.jsonl").write_text(mixed_lines(10, 30) + trace_line(40)[:50] + "\n")


def fill(lake: Place, folder: Path) -> None:
    ingest([folder / "first.jsonl"], lake, workers=2)
    assemble(lake, settle=True)
    ingest([folder], lake, workers=2)
    assemble(lake, settle=True)


def all_rows(lake: Place) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a lake as readers see them, but for the time of ingest."""
    with lake_facts.connect(lake) as con:
        return {
            name: con.sql(
                f"select * exclude (ingested_at_unix_nano) from lake.{name} order by all"
                if name == "ingest_files"
                else f"from lake.{name} order by all"
            ).fetchall()
            for name in TABLES
        }
