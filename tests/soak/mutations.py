"""Damaged files of real telemetry, converted: nothing may crash, hang, be lost or be made up."""

from __future__ import annotations

import gzip
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pyarrow.parquet as pq
import zstandard

from warehouse.otlp.convert import COUNTS, Batch, RangeResult, convert
from warehouse.otlp.sniffing import SNIFF_BYTES, sniff
from warehouse.otlp.splits import SourceFile, plan_splits

NOW = 1_795_000_000_000_000_000
SECONDS_AT_MOST = 60
"""Of processor, for one file of at most a few hundred kB: longer is a hang, on a busy machine too."""
LARGEST = 300_000
POINTS = ("number_points", "histogram_points", "exponential_histogram_points", "summary_points")
Mutation = Callable[[bytes, random.Random, list[bytes]], bytes]


class Hang(Exception):
    """A conversion did not come to its end."""


def _flip(data: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 2, 16, 256))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _cut(data: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    begin, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return chance.choice((data[:end], data[begin:], data[:begin] + data[end:]))


def _splice(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    other = chance.choice(others)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]


def _duplicate(data: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    begin, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[begin:end] * chance.choice((1, 1, 3)) + data[end:]


def _fill(data: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    at, size = chance.randrange(len(data)), chance.choice((1, 4, 8, 4_096))
    return data[:at] + bytes([chance.choice((0, 0x0A, 0x22, 0x7B, 0x80, 0xFF))]) * size + data[at + size :]


def _insert(data: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.choice((1, 3, 100))) + data[at:]


MUTATIONS: tuple[Mutation, ...] = (_flip, _flip, _cut, _splice, _duplicate, _fill, _insert)


def packed_again(data: bytes, chance: random.Random) -> bytes:
    """Sometimes the damage lies inside a compressed file."""
    zstd = zstandard.ZstdCompressor(write_checksum=chance.random() < 0.5)
    return chance.choice((lambda d: d, lambda d: d, lambda d: d, gzip.compress, zstd.compress))(data)


def mutated(originals: list[bytes], seed: int) -> bytes:
    """The damaged file of this number: the same for the same originals."""
    chance = random.Random(seed)
    data = chance.choice(originals)
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = chance.choice(MUTATIONS)(data, chance, originals) or b"\0"
        data = data[: 4 * LARGEST]
    return packed_again(data, chance)


def check(data: bytes, folder: Path) -> RangeResult:
    """Convert one file and check its accounts. Raises AssertionError, or whatever the conversion does."""
    source = folder / "source"
    source.write_bytes(data)
    (folder / "stage").mkdir(exist_ok=True)
    file = SourceFile(str(source), 1, sniff(data[:SNIFF_BYTES], len(data)), 0, len(data), 0, 0, 0)
    (split,) = plan_splits([file])
    result = convert(split, Batch(folder / "lake", folder / "stage", 1, NOW))
    (found,) = result.ranges
    rows, counts = found.rows, found.counts
    assert set(counts) == set(COUNTS)
    for kind, written in (
        ("spans", rows.get("spans_landing", 0)),
        ("log_records", rows.get("log_records", 0)),
        ("metric_points", sum(rows.get(table, 0) for table in POINTS)),
    ):
        assert counts[kind] == written + counts[f"rejected_{kind}"], kind
    rejected = sum(count for name, count in counts.items() if name.startswith("rejected_"))
    stages = (folder / "stage" / name for name in result.stages.get("rejects", ()))
    assert sum(pq.read_metadata(stage).num_rows for stage in stages) == rejected, "rejects"
    assert 0 <= found.torn_tail_bytes <= found.end
    return found


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise Hang


def run(originals: list[bytes], seeds: Iterator[int], seconds: float) -> int:
    """Check damaged files for so long; how many were checked. A failure names its seed."""
    until, done = time.monotonic() + seconds, 0
    signal.signal(signal.SIGPROF, _too_long)
    for seed in seeds:
        if time.monotonic() > until:
            break
        folder = Path(tempfile.mkdtemp())
        signal.setitimer(signal.ITIMER_PROF, SECONDS_AT_MOST)
        try:
            check(mutated(originals, seed), folder)
        except Exception as error:
            raise AssertionError(f"damaged file of seed {seed}: {type(error).__name__}: {error}") from error
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            shutil.rmtree(folder)
        done += 1
    return done
