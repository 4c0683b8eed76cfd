"""Ingest of files as they are born, grow, move and break."""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from lake_rows import Rows, column, counts, visible_rows
from otlp_lines import SPANS_PER_LINE, mixed_lines, trace_line

from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import LEDGER
from warehouse.otlp.content import BLOCK_BYTES, content_hash


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def _spans(lake: Path) -> int:
    return counts(lake)["spans_landing"]


def test_one_file_fills_every_table(source: Path, lake: Path) -> None:
    (source / "all").write_text(mixed_lines(0, 30))
    result = ingest([source], lake)
    assert (result.batch_id, result.files, result.skipped, result.rejects) == (1, 1, 0, 0)
    assert result.bytes == (source / "all").stat().st_size
    assert result.rows == {
        "spans_landing": 30,
        "span_events_landing": 10,
        "span_links_landing": 10,
        "log_records": 10,
        "number_points": 10,
        "histogram_points": 10,
        "exponential_histogram_points": 10,
        "summary_points": 10,
        "exemplars": 10,
    }
    found = counts(lake)
    assert {name: found[name] for name in result.rows} == result.rows
    assert (found["resources"], found["scopes"], found["rejects"], found[LEDGER]) == (5, 3, 0, 1)
    assert found["metric_streams"] == 20, "four metrics of five services"


def test_result_has_exactly_the_documented_keys(source: Path, lake: Path) -> None:
    (source / "all").write_text(mixed_lines(0, 3))
    found = ingest([source], lake).to_json()
    assert list(found) == ["batch_id", "files", "skipped", "rows", "rejects", "bytes", "seconds"]
    assert {"spans", "span_events", "log_records", "number_points"} <= set(found["rows"])


def test_running_again_commits_nothing(source: Path, lake: Path) -> None:
    (source / "a").write_text(mixed_lines(0, 30))
    (source / "torn").write_text(trace_line(90) + trace_line(91)[:40])
    ingest([source], lake)
    before = {name: table.version() for name, table in snapshot(lake).items()}
    again = ingest([source], lake)
    assert (again.batch_id, again.files, again.skipped) == (None, 0, 2)
    assert {name: table.version() for name, table in snapshot(lake).items()} == before


def test_unchanged_files_are_not_even_opened(
    source: Path, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "a").write_text(mixed_lines(0, 3))
    ingest([source], lake)
    opened = []
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *a, **k: (opened.append(self), real(self, *a, **k))[1])
    assert ingest([source], lake).skipped == 1
    assert source / "a" not in opened


def test_a_growing_file_goes_on_where_it_ended(source: Path, lake: Path) -> None:
    path, whole = source / "grow", mixed_lines(0, 60)
    for end in (300, 301, len(whole) // 2, len(whole) - 1, len(whole)):
        path.write_text(whole[:end])
        os.utime(path, ns=(end, end))
        ingest([source], lake)
    other = lake.with_name("at_once")
    ingest([source], other)
    assert _without_batches(visible_rows(lake)) == _without_batches(visible_rows(other))
    assert len(set(column(lake, LEDGER, "file_key"))) == 1, "the key stays while the file grows"
    spans = column(lake, LEDGER, "start_offset", "end_offset")
    assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))


def _without_batches(rows: dict[str, Rows]) -> dict[str, Any]:
    """Counts and identities of rows: batch numbers and ledger rows differ between one run and many."""
    ids = [row[:3] for row in rows["spans_landing"]]
    return {name: len(found) for name, found in rows.items() if name != LEDGER} | {"ids": sorted(ids)}


def test_a_torn_tail_is_recorded_and_taken_when_whole(source: Path, lake: Path) -> None:
    path, tail = source / "t", trace_line(1)
    path.write_text(trace_line(0) + tail[:100])
    result = ingest([source], lake)
    assert (result.rejects, _spans(lake)) == (0, SPANS_PER_LINE)
    assert column(lake, LEDGER, "end_offset", "torn_tail_bytes") == [(len(trace_line(0)), 100)]
    with path.open("a") as file:
        file.write(tail[100:])
    ingest([source], lake)
    assert _spans(lake) == 2 * SPANS_PER_LINE
    data = path.read_bytes()
    assert all(data[o:].startswith(b'{"traceId"') for o in column(lake, "spans_landing", "byte_offset"))


@pytest.mark.parametrize("tail", [0, 50])
def test_a_renamed_file_is_known_by_its_content(source: Path, lake: Path, tail: int) -> None:
    last = trace_line(100)
    (source / "live").write_text(mixed_lines(0, 60) + last[:tail])
    ingest([source], lake)
    (source / "live").rename(source / "rotated")
    assert ingest([source], lake).batch_id is None
    with (source / "rotated").open("a") as file:
        file.write(last[tail:])
    (source / "live").write_text(trace_line(200))
    result = ingest([source], lake)
    assert (result.files, result.rows["spans_landing"]) == (2, 2 * SPANS_PER_LINE)
    assert ingest([source], lake).batch_id is None


@pytest.mark.parametrize("workers", [1, 2])
def test_the_ledger_holds_the_hash_of_the_bytes_taken(source: Path, lake: Path, workers: int) -> None:
    (source / "a").write_text(mixed_lines(0, 12_000, padding=300) + "{torn")
    (source / "b").write_text(mixed_lines(20_000, 30))
    assert (source / "a").stat().st_size > 2 * BLOCK_BYTES
    ingest([source], lake, split_bytes=BLOCK_BYTES, workers=workers)
    for path, start, end, found in column(lake, LEDGER, "path", "start_offset", "end_offset", "content_hash"):
        assert found == content_hash(Path(path), start, end)


def test_a_copy_noted_in_the_ledger_is_not_read_again_and_can_grow(source: Path, lake: Path) -> None:
    (source / "a").write_text(mixed_lines(0, 30))
    ingest([source], lake)
    shutil.copy(source / "a", source / "copy")
    (source / "other").write_text(trace_line(500))
    assert ingest([source], lake).files == 1
    assert column(lake, LEDGER, "path").count(str(source / "copy")) == 1
    with (source / "copy").open("a") as file:
        file.write(trace_line(501))
    assert ingest([source], lake).rows["spans_landing"] == SPANS_PER_LINE


def test_copies_within_one_run_are_read_once(source: Path, lake: Path) -> None:
    for name in ("a", "b", "c"):
        (source / name).write_text(mixed_lines(0, 30) + "{torn")
    result = ingest([source], lake)
    assert (result.files, result.skipped, _spans(lake)) == (1, 2, 30)
    assert ingest([source], lake).batch_id is None
    assert len(column(lake, LEDGER, "path")) == 3


def test_files_with_one_head_but_other_content_are_both_read(source: Path, lake: Path) -> None:
    head = mixed_lines(0, 30)
    (source / "a").write_text(head + trace_line(100))
    (source / "b").write_text(head + trace_line(101))
    assert ingest([source], lake).files == 2


def test_a_rewritten_file_is_read_from_its_start(source: Path, lake: Path) -> None:
    path = source / "a"
    path.write_text(mixed_lines(0, 30))
    ingest([source], lake)
    path.write_text(mixed_lines(30, 30))
    os.utime(path, ns=(7, 7))
    assert ingest([source], lake).rows["spans_landing"] == 30
    path.write_text(trace_line(1_000))
    assert ingest([source], lake).rows["spans_landing"] == SPANS_PER_LINE


def test_a_touched_file_is_skipped(source: Path, lake: Path) -> None:
    (source / "a").write_text(mixed_lines(0, 30))
    ingest([source], lake)
    os.utime(source / "a", ns=(1, 1))
    assert ingest([source], lake).batch_id is None


def test_an_empty_file_can_become_telemetry(source: Path, lake: Path) -> None:
    (source / "a").touch()
    (source / "b").write_text(" \n\n")
    assert ingest([source], lake).rejects == 0
    (source / "a").write_text(trace_line(0))
    with (source / "b").open("a") as file:
        file.write(trace_line(1))
    assert ingest([source], lake).rows["spans_landing"] == 2 * SPANS_PER_LINE


def test_an_unsupported_file_is_one_reject_until_it_becomes_telemetry(source: Path, lake: Path) -> None:
    path = source / "a"
    path.write_bytes(b"PAR1" + bytes(100))
    assert ingest([source], lake).rejects == 1
    rejected = column(lake, "rejects", "byte_offset", "length_bytes", "reason", "raw")
    assert rejected == [(0, 104, "unsupported_form", b"PAR1" + bytes(100))]
    assert ingest([source], lake).batch_id is None
    path.write_text(trace_line(0))
    assert ingest([source], lake).rows["spans_landing"] == SPANS_PER_LINE


def test_bad_lines_are_rejected_with_their_place_and_the_rest_is_kept(source: Path, lake: Path) -> None:
    good = trace_line(0)
    (source / "a").write_text(good + "no json\n" + trace_line(1))
    result = ingest([source], lake)
    assert (result.rejects, result.rows["spans_landing"]) == (1, 2 * SPANS_PER_LINE)
    assert column(lake, "rejects", "path", "byte_offset", "raw") == [
        (str(source / "a"), len(good), b"no json")
    ]


def test_a_record_beyond_the_limit_is_rejected_unread(source: Path, lake: Path) -> None:
    good, limit, begin = trace_line(0), BLOCK_BYTES + 10, '{"resourceSpans":['
    monster = begin + " " * (3 * BLOCK_BYTES) + "]}\n"
    (source / "a").write_text(good + monster + trace_line(1) + monster[:-1])
    result = ingest([source], lake, record_limit=limit, split_bytes=BLOCK_BYTES)
    assert (result.rejects, result.rows["spans_landing"]) == (2, 2 * SPANS_PER_LINE)
    found = column(lake, "rejects", "byte_offset", "length_bytes", "reason")
    first, second = len(good), len(good) + len(monster) + len(trace_line(1))
    assert found == [
        (first + len(begin), len(monster) - len(begin), "record_too_large"),
        (second + len(begin), len(monster) - len(begin) - 1, "record_too_large"),
    ]
    assert all(len(raw) == 65_536 for raw in column(lake, "rejects", "raw"))
    assert ingest([source], lake).batch_id is None


@pytest.mark.parametrize("padding", [0, 3_000])
def test_cutting_files_into_splits_changes_no_row(source: Path, lake: Path, padding: int) -> None:
    lines = 12_000 if not padding else 9_000
    (source / "a").write_text(mixed_lines(0, lines, padding) + "{torn")
    (source / "b").write_text(mixed_lines(lines, 30))
    ingest([source], lake, split_bytes=BLOCK_BYTES, workers=2)
    whole = lake.with_name("whole")
    ingest([source], whole, workers=1)
    cut, uncut = visible_rows(lake), visible_rows(whole)
    for table in uncut:
        assert cut[table] == uncut[table], table


def test_many_files_with_odd_names(source: Path, lake: Path) -> None:
    for n in range(300):
        (source / os.fsdecode(b"f\xff\n %d" % n)).write_text(trace_line(n))
    assert ingest([source], lake).files == 300
    assert _spans(lake) == 300 * SPANS_PER_LINE
    assert ingest([source], lake).skipped == 300


def test_entities_are_stored_once_across_batches(source: Path, lake: Path) -> None:
    for n in range(3):
        (source / f"f{n}").write_text(mixed_lines(0, 30) + trace_line(1_000 + n))
        ingest([source], lake)
    for table, key in (
        ("resources", "resource_key"),
        ("scopes", "scope_key"),
        ("metric_streams", "stream_key"),
    ):
        keys = column(lake, table, key)
        assert len(keys) == len(set(keys)) > 0


def test_the_ledger_accounts_for_every_record(source: Path, lake: Path) -> None:
    (source / "a").write_text(mixed_lines(0, 30) + "broken\n")
    bad = trace_line(99).replace('"traceId":"', '"traceId":"~~')
    (source / "b").write_text(bad + mixed_lines(30, 30))
    ingest([source], lake)
    found, rejected, rows = zip(
        *column(lake, LEDGER, "spans", "rejected_spans", "spans_landing_rows"), strict=True
    )
    assert sum(found) == sum(rejected) + sum(rows)
    assert sum(rejected) == SPANS_PER_LINE
    assert sum(rows) == _spans(lake)
