"""A release that reads less than this one: what it cannot read it rejects, as this one would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from warehouse import _native
from warehouse.otlp import convert

UNREADABLE_LINE = b"unreadable-line"
"""A JSON line that holds this is malformed to the older release."""


class _BadIds:
    """Takes ids that begin with `badbad` for no ids."""

    def __init__(self, *arguments: Any) -> None:
        self._decoder = _native.Decoder(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._decoder, name)

    def feed(self, data: bytes | memoryview, *arguments: Any) -> dict[str, Any]:
        return self._decoder.feed(bytes(data).replace(b"badbad", b"~~~~~~"), *arguments)


class _BadLines(_BadIds):
    """Rejects marked JSON lines whole."""

    def feed(self, data: bytes | memoryview, *arguments: Any) -> dict[str, Any]:
        form, file_key, path, offset, is_last = arguments[:5]
        total: dict[str, Any] = {}
        rejected = consumed = 0
        for line in bytes(data).splitlines(keepends=True):
            if UNREADABLE_LINE in line and line.endswith(b"\n"):
                place, text = offset + consumed, line.rstrip()
                self._decoder.reject(file_key, path, place, len(text), "malformed_json", "too new", text)
                rejected += 1
                consumed += len(line)
                continue
            found = self._decoder.feed(line, form, file_key, path, offset + consumed, is_last)
            consumed += found.pop("consumed")
            rows = found.pop("rows")
            total = {name: total.get(name, 0) + n for name, n in found.items()} | {
                "rows": {name: total.get("rows", {}).get(name, 0) + n for name, n in rows.items()}
            }
        total = total or {"rows": {}} | dict.fromkeys(convert.COUNTS, 0)
        total["rejected_other"] += rejected
        return total | {"consumed": consumed}


@contextmanager
def _release(decoder: type[_BadIds]) -> Iterator[None]:
    class Native:
        Decoder = decoder

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convert, "_native", Native)
        yield


def without_bad_ids() -> Any:
    return _release(_BadIds)


def without_marked_lines() -> Any:
    return _release(_BadLines)
