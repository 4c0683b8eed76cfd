"""Where large files may be cut: at records, so that every record lies in exactly one range."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from warehouse import _native
from warehouse.otlp.compression import Decompressed, Section
from warehouse.otlp.content import BLOCK_BYTES, Source, UnreadableSource, open_source, reading
from warehouse.otlp.sniffing import SNIFF_BYTES, sniff
from warehouse.otlp.zstd_frames import frame_groups

MESSAGE_FORMS = ("proto_length_prefixed", "proto_varint_prefixed", "zstd_length_prefixed")
"""Forms of messages behind their lengths."""
_NO_LIMIT = 1 << 62


def message_cuts(source: Source, form: str, start: int, end: int, split_bytes: int) -> Iterator[int]:
    """`start`, then offsets of messages to cut at, `split_bytes` or more apart, told from the lengths."""
    yield start
    goal, offset = start + split_bytes, start
    try:
        with open_source(source) as file:
            while offset < end:
                with reading():
                    file.seek(offset)
                    window = file.read(min(BLOCK_BYTES, end - offset))
                step = _native.next_message(window, form, max(goal - offset, 1))
                if not step or offset + step >= end:
                    return
                offset += step
                if offset >= goal:
                    yield offset
                    goal = offset + split_bytes
    except UnreadableSource:
        return  # the worker says so


@dataclass(frozen=True, slots=True)
class FrameCut:
    """A record of a zstd file to cut at.

    `start` is the record's offset in decompressed bytes, `packed_start` the byte of the file at which
    decompression begins, and `packed_offset` what that is in decompressed bytes.
    """

    start: int
    packed_start: int
    packed_offset: int


@dataclass(frozen=True, slots=True)
class FrameCuts:
    """Places to cut a zstd file of many frames at, and the form of what the frames hold."""

    inner_form: str
    cuts: list[FrameCut]


def frame_cuts(
    source: Source, start: int, size: int, split_bytes: int, max_decompressed: int, workers: int = 1
) -> FrameCuts | None:
    """Cuts of the zstd file at frames, `split_bytes` of it or more apart; None when it cannot be cut.

    Frames do not tell their size, and damage moves all that follows it, so all frames but the last are
    decompressed once, by `workers` threads: about 2 % of what converting them takes. Nothing is cut behind
    damage, or behind `max_decompressed` bytes. `start`: decompressed bytes that are not wanted.
    """
    try:
        with open_source(source) as file:
            groups = list(frame_groups(file, size, split_bytes))
            if len(groups) < 2:
                return None
            with reading():
                head = Decompressed(lambda: Section(file, 0, size), "zstd", _NO_LIMIT).head(SNIFF_BYTES)
        form = sniff(head, len(head) + 1)
        if form != "json_lines" and form not in MESSAGE_FORMS:
            return None
        cuts = _cuts(source, form, groups, start, max_decompressed, workers)
    except UnreadableSource:
        return None  # the worker says so
    return FrameCuts(form, cuts) if len(cuts) > 1 else None


def _cuts(
    source: Source, form: str, groups: list[tuple[int, int]], start: int, limit: int, workers: int
) -> list[FrameCut]:
    first = FrameCut(start, 0, 0)
    later: list[FrameCut] = []
    state, offset = _Open(), 0
    with ThreadPoolExecutor(workers) as pool:
        # A group is measured as if a record began with it, and again in the rare case that none does.
        for group, found in zip(
            groups, pool.map(partial(_measure, source, form, _Open()), groups), strict=True
        ):
            if state != _Open():
                found = _measure(source, form, state, group)
            if found is None:
                break
            if offset <= start:
                first = FrameCut(start, group[0], offset)
            elif found.first is not None and start < offset + found.first < limit:
                later.append(FrameCut(offset + found.first, group[0], offset))
            state, offset = found.end, offset + found.size
    return [first, *later]


@dataclass(frozen=True, slots=True)
class _Open:
    """The record that is not complete yet: bytes of it that are still to come, or its beginning."""

    missing: int = 0
    begun: bytes = b""


@dataclass(frozen=True, slots=True)
class _Measured:
    """Decompressed bytes of a group, where in it the first record begins, and how it ends."""

    size: int
    first: int | None
    end: _Open


def _measure(source: Source, form: str, state: _Open, group: tuple[int, int]) -> _Measured | None:
    """None when the group is damaged."""
    walk = _LineWalk() if form == "json_lines" else _MessageWalk(form, state)
    size = 0
    with open_source(source) as file, reading():
        stream = Decompressed(lambda: Section(file, *group), "zstd", _NO_LIMIT)
        while block := stream.read(BLOCK_BYTES):
            if not walk.take(block, size):
                return None
            size += len(block)
    if not stream.is_complete:
        return None
    first = walk.first if walk.first is not None and walk.first < size else None
    return _Measured(size, first, walk.end(size))


class _LineWalk:
    """The first line that begins in a group."""

    first: int | None = None

    def take(self, block: bytes, offset: int) -> bool:
        if self.first is None and (newline := block.find(b"\n")) >= 0:
            self.first = offset + newline + 1
        return True

    def end(self, _size: int) -> _Open:
        return _Open()


class _MessageWalk:
    """Walks the messages of a group. `at` is where the next one begins; below zero when it began before."""

    def __init__(self, form: str, state: _Open) -> None:
        self._form, self._held = form, state.begun
        self._at = state.missing - len(state.begun)
        self.first = self._at if self._at >= 0 else None

    def take(self, block: bytes, offset: int) -> bool:
        """Whether the lengths make sense."""
        if self._at >= offset + len(block):
            return True
        data: bytes | None = self._held + block[max(0, self._at - offset) :]
        if self.first is None:
            data = self._walk(data or b"", -self._at)
        return data is not None and (self.first is None or self._walk(data, len(data)) is not None)

    def _walk(self, data: bytes, target: int) -> bytes | None:
        """Move to where a message begins; returns the bytes from there on."""
        step = _native.next_message(data, self._form, target)
        if step is None:
            return None
        self._at += step
        self._held = data[step:]
        if self.first is None and self._at >= 0:
            self.first = self._at
        return self._held

    def end(self, size: int) -> _Open:
        return _Open(max(0, self._at - size), self._held)
