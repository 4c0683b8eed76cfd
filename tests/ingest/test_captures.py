"""Every capture of a real pipeline, in whichever form, is taken as other programs counted it."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lake_rows import column

from warehouse.lake.ingest import ingest
from warehouse.otlp.convert import Batch, RangeResult, convert
from warehouse.otlp.sniffing import SNIFF_BYTES, sniff
from warehouse.otlp.splits import SourceFile, plan_splits
from warehouse.schemas.registry import TABLES

TESTS = Path(__file__).parents[1]
CORPORA = Path(os.environ.get("OTLP_CORPORA", TESTS.parents[1] / "shared" / "corpora"))
CARRIED = TESTS / "data" / "captures"
FOLDERS = [CARRIED, *([CORPORA / "captures"] if CORPORA.is_dir() else [])]
POINTS = ("pt_gauge", "pt_sum", "pt_hist", "pt_exphist", "pt_summary")
POINT_TABLES = ("number_points", "histogram_points", "exponential_histogram_points", "summary_points")


@dataclass(frozen=True, slots=True)
class Capture:
    path: Path
    rows: dict[str, int]
    torn_bytes: int


def _captures(folder: Path) -> Iterator[Capture]:
    with (folder / "MANIFEST.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            found = {n: int(row[n]) for n in ("spans", "events", "links", "exemplars")}
            found |= {"log_records": int(row["logs"]), "metric_points": sum(int(row[p]) for p in POINTS)}
            yield Capture(folder / row["file"], found, int(row["torn_bytes"]))


CAPTURES = [capture for folder in FOLDERS for capture in _captures(folder)]


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, RangeResult]:
    """What one conversion of all captures found in each."""
    files = [_source(capture.path) for capture in CAPTURES]
    folder = tmp_path_factory.mktemp("captures")
    batch = Batch(folder / "lake", folder / "stage", 1, time.time_ns())
    found = {}
    for split in plan_splits(files):
        for result in convert(split, batch).ranges:
            found[CAPTURES[result.file].path] = result
    return found


def _source(path: Path) -> SourceFile:
    size = path.stat().st_size
    with path.open("rb") as file:
        form = sniff(file.read(SNIFF_BYTES), size)
    return SourceFile(str(path), 1, form, 0, size, 0, 0, 0)


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda c: "/".join(c.path.parts[-4:]))
def test_capture(capture: Capture, converted: dict[Path, RangeResult]) -> None:
    found = converted[capture.path]
    rows = {
        "spans": found.rows.get("spans_landing", 0),
        "events": found.rows.get("span_events_landing", 0),
        "links": found.rows.get("span_links_landing", 0),
        "exemplars": found.rows.get("exemplars", 0),
        "log_records": found.rows.get("log_records", 0),
        "metric_points": sum(found.rows.get(t, 0) for t in POINT_TABLES),
    }
    assert rows == capture.rows
    assert {n: c for n, c in found.counts.items() if n.startswith("rejected") and c} == {}
    assert found.torn_tail_bytes == capture.torn_bytes


SAME = (
    "{}.jsonl",
    "{}.pb",
    "{}.legacy.json.zst",
    "{}.legacy.pb.zst",
    "{}.native.jsonl.zst",
    "{}.native.pb.zst",
)


def _content(path: Path, folder: Path) -> dict[str, list[object]]:
    """Content keys of spans and what all other rows hold, but for their positions."""
    lake = folder / path.name
    ingest([path], lake, workers=1)
    keys = column(lake, "spans_landing", "content_key")
    tables = ("log_records", *POINT_TABLES, "exemplars")
    return {"spans": keys, **{t: column(lake, t, *_columns(t)) for t in tables}}


def _columns(table: str) -> list[str]:
    """Comparable columns that do not tell where a row was read."""
    kinds = ("bigint", "int", "string", "double", "boolean")
    places = ("file_key", "byte_offset", "record_ordinal", "ingest_batch")
    return [c.name for c in TABLES[table].file_columns if c.type in kinds and c.name not in places]


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"] if CORPORA.is_dir() else [])
def test_one_telemetry_in_every_form_gives_the_same_content(signal: str, tmp_path: Path) -> None:
    first, *others = (CORPORA / "captures" / name.format(signal) for name in SAME)
    expected = _content(first, tmp_path)
    assert any(expected.values())
    for other in others:
        found = _content(other, tmp_path)
        for table, rows in expected.items():
            assert sorted(found[table], key=repr) == sorted(rows, key=repr), (other.name, table)
