"""Rejects retried: records that decode now become rows once, and the ledger still accounts for all."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from lake_rows import column, counts, visible_rows
from ledger_accounts import check_accounts
from older_release import UNREADABLE_LINE, without_bad_ids, without_marked_lines
from otlp_lines import SPANS_PER_LINE, log_line, metric_line, mixed_lines, trace_line
from otlp_packed import framed

from warehouse.lake import planning
from warehouse.lake.ingest import ingest
from warehouse.lake.replay import replay
from warehouse.lake.tables import LEDGER


def bad_trace_line(n: int) -> str:
    """A trace line whose second span the older release rejects."""
    return trace_line(n).replace(f'"spanId":"{n * SPANS_PER_LINE + 2:016x}"', f'"spanId":"badbad{n:010x}"')


def bad_log_line(n: int) -> str:
    return log_line(n).replace('{"timeUnixNano"', f'{{"spanId":"badbad{n:010x}","timeUnixNano"', 1)


def bad_metric_line(n: int) -> str:
    return metric_line(n).replace('"asDouble":1.5', f'"asDouble":1.5,"spanId":"badbad{n:010x}"')


def lines(first: int, number: int, padding: int = 0) -> bytes:
    """Lines of all signals, of which every tenth holds a record that the older release rejects."""
    made = []
    for n in range(first, first + number):
        bad = (bad_trace_line, bad_log_line, bad_metric_line)[n % 3]
        made.append(bad(n) if n % 10 == 0 else mixed_lines(n, 1, padding))
    return "".join(made).encode()


def content(lake: Path) -> dict[str, list[object]]:
    """Rows of all tables but for batch numbers, file keys and the ledger."""
    rows = visible_rows(lake)
    del rows[LEDGER]
    leave = {"spans_landing": ("ingest_batch", "file_key"), "log_records": ("ingest_batch",)}
    return {name: _without(name, found, leave.get(name, ("ingest_batch",))) for name, found in rows.items()}


def _without(table: str, rows: list[tuple[object, ...]], names: tuple[str, ...]) -> list[object]:
    from warehouse.schemas.registry import TABLES

    columns = ["", *(c.name for c in TABLES[table].file_columns)]
    kept = [n for n, name in enumerate(columns) if name not in names]
    return sorted((tuple(row[n] for n in kept) for row in rows), key=repr)


def frames_of(data: bytes, size: int) -> bytes:
    compress = zstandard.ZstdCompressor().compress
    return b"".join(compress(data[i : i + size]) for i in range(0, len(data), size))


PACKS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "document": lambda data: b"[\n" + data.replace(b"\n", b",\n")[:-2] + b"\n]",
    "gzip": gzip.compress,
    "zstd frames": lambda data: frames_of(data, 5_000),
    "framed zstd": lambda data: framed(data.splitlines(keepends=True)),
    "framed zstd in gzip": lambda data: gzip.compress(framed(data.splitlines(keepends=True))),
}


@pytest.mark.parametrize("pack", PACKS)
def test_rejected_records_become_rows_exactly_once(pack: str, tmp_path: Path) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    source.write_bytes(PACKS[pack](lines(0, 150)))
    ingest([source], tmp_path / "expected")
    with without_bad_ids():
        rejected = ingest([source], lake, split_bytes=2_000 if pack == "zstd frames" else None).rejects
    assert rejected == 15
    check_accounts(lake)
    done = replay(lake, split_bytes=2_000 if pack == "zstd frames" else None, workers=2)
    assert (done.batch_id, done.retried, done.recovered, done.unreachable) == (2, 15, 15, 0)
    assert content(lake) == content(tmp_path / "expected")
    check_accounts(lake)
    again = replay(lake)
    assert (again.batch_id, again.retried) == (None, 0)
    assert ingest([source], lake).batch_id is None
    if pack == "plain":
        source.write_bytes(source.read_bytes() + trace_line(900).encode())
        assert ingest([source], lake).rows["spans_landing"] == SPANS_PER_LINE


def test_what_is_still_bad_stays_as_it_was(tmp_path: Path) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    other = trace_line(500).replace('"traceId":"', '"traceId":"~~').encode()
    source.write_bytes(lines(0, 30) + b"no json\n" + other)
    with without_bad_ids():
        ingest([source], lake)
    before = visible_rows(lake)["rejects"]
    done = replay(lake)
    assert (done.retried, done.recovered) == (3 + 1 + SPANS_PER_LINE, 3)
    after = visible_rows(lake)["rejects"]
    assert len(after) == 1 + SPANS_PER_LINE
    assert all(row in before for row in after)
    check_accounts(lake)
    assert replay(lake).batch_id is None
    assert visible_rows(lake)["rejects"] == after


def test_only_one_reason_is_retried_when_one_is_given(tmp_path: Path) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    marked = log_line(7).replace("message", UNREADABLE_LINE.decode()).encode()
    source.write_bytes(marked * 3 + lines(0, 30))
    with without_marked_lines():
        ingest([source], lake)
    assert replay(lake, reason="bad_id").retried == 0
    done = replay(lake, reason="malformed_json")
    assert (done.recovered, done.rows["log_records"]) == (3, 3)
    check_accounts(lake)


BIG = log_line(7).replace("message", UNREADABLE_LINE.decode() + "y" * 100_000).encode()
SMALL = log_line(8).replace("message", UNREADABLE_LINE.decode()).encode()


@pytest.mark.parametrize("change", ["none", "touched", "gone", "rewritten", "grown"])
def test_cut_bytes_are_read_from_the_source_while_it_is_unchanged(change: str, tmp_path: Path) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    source.write_bytes(trace_line(0).encode() + BIG + bad_log_line(1).encode() + SMALL)
    with without_marked_lines():
        ingest([source], lake)
    assert [len(raw) for raw in column(lake, "rejects", "raw")] == [65_536, len(SMALL) - 1]
    if change == "touched":
        source.touch()
    elif change == "gone":
        source.unlink()
    elif change == "rewritten":
        source.write_bytes(trace_line(0).encode() + BIG.replace(b"y", b"z") + SMALL)
    elif change == "grown":
        with source.open("ab") as file:
            file.write(trace_line(1).encode())
    is_there = change in ("none", "touched", "grown")
    done = replay(lake)
    assert (done.recovered, done.unreachable) == ((2, 0) if is_there else (1, 1))
    assert counts(lake)["log_records"] == (3 if is_there else 2)
    check_accounts(lake)
    assert replay(lake).batch_id is None
    if change == "grown":
        assert ingest([source], lake).rows["spans_landing"] == SPANS_PER_LINE
        assert counts(lake)["spans_landing"] == 2 * SPANS_PER_LINE


def test_single_records_need_their_source(tmp_path: Path) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    source.write_bytes(lines(0, 30))
    with without_bad_ids():
        ingest([source], lake)
    source.unlink()
    done = replay(lake)
    assert (done.batch_id, done.retried, done.unreachable) == (None, 0, 3)
    assert counts(lake)["rejects"] == 3


def test_rejects_of_several_versions_of_a_file_and_of_many_files(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with without_bad_ids():
        for first in (0, 30, 60):
            for name in ("a", "b", "c"):
                with (tmp_path / name).open("ab") as file:
                    file.write(lines(first + 1000 * ord(name), 30))
            ingest([tmp_path / name for name in ("a", "b", "c")], lake)
    assert counts(lake)["rejects"] == 27
    ingest([tmp_path / name for name in ("a", "b", "c")], tmp_path / "expected")
    done = replay(lake)
    assert (done.batch_id, done.recovered) == (4, 27)
    assert content(lake) == content(tmp_path / "expected")
    check_accounts(lake)
    assert column(lake, LEDGER, "is_replay").count(True) == 3


def test_large_files_are_retried_in_ranges(tmp_path: Path) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    source.write_bytes(lines(0, 9_000, padding=2_000))
    with without_bad_ids():
        ingest([source], lake, workers=2)
    ingest([source], tmp_path / "expected")
    assert replay(lake, workers=2, split_bytes=4 << 20).recovered == 900
    assert content(lake) == content(tmp_path / "expected")
    check_accounts(lake)


def test_messages_beyond_the_limit_are_taken_with_a_higher_one(tmp_path: Path) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    messages = [trace_line(n, 5_000 if n % 3 == 0 else 0).encode() for n in range(9)]
    source.write_bytes(framed(messages))
    ingest([source], lake, max_decompressed=4_200)
    ingest([source], tmp_path / "expected")
    assert replay(lake, max_decompressed=4_200).batch_id is None
    assert replay(lake).recovered == 3
    assert content(lake) == content(tmp_path / "expected")
    check_accounts(lake)


@pytest.mark.parametrize("name", ["json_lines", "proto_length_prefixed"])
def test_a_file_that_was_rejected_whole_is_read_as_if_new(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = lines(1, 9) + b'{"res' if name == "json_lines" else _logs()
    source, lake = tmp_path / "source", tmp_path / "lake"
    source.write_bytes(data)
    with monkeypatch.context() as patch:
        patch.setattr(planning, "sniff", lambda *_: "unknown")
        assert ingest([source], lake).rejects == 1
    ingest([source], tmp_path / "expected")
    done = replay(lake)
    assert (done.recovered, counts(lake)["rejects"]) == (1, 0)
    assert content(lake) == content(tmp_path / "expected")
    newest = column(lake, LEDGER, "batch_id", "form", "end_offset", "torn_tail_bytes", "is_replay")[-1]
    torn = 5 if name == "json_lines" else 0
    assert newest == (2, name, len(data) - torn, torn, False)
    check_accounts(lake)
    assert replay(lake).batch_id is None
    assert ingest([source], lake).batch_id is None


def _logs() -> bytes:
    return (Path(__file__).parents[1] / "data" / "captures" / "logs.pb").read_bytes()


def test_files_read_on_since_lose_their_rejects(tmp_path: Path) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    data = mixed_lines(0, 300).encode()
    source.write_bytes(gzip.compress(data))
    ingest([source], lake, max_decompressed=len(data) // 2)
    first = replay(lake)
    assert (first.batch_id, first.unfinished) == (None, 1)
    assert ingest([source], lake, max_decompressed=len(data) // 2).batch_id is None
    ingest([source], lake)
    assert counts(lake)["spans_landing"] == 300
    done = replay(lake)
    assert (done.recovered, counts(lake)["rejects"]) == (1, 0)
    assert counts(lake)["spans_landing"] == 300
    check_accounts(lake)


def test_rejects_of_assembly_and_empty_lakes_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(mixed_lines(0, 3).encode())
    ingest([tmp_path / "source"], tmp_path / "lake")
    assert replay(tmp_path / "lake").to_json()["retried"] == 0
