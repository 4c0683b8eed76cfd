"""Any object with a buffer may be fed: bytes, views of them, and buffers that others may change."""

from __future__ import annotations

import pytest

from warehouse import _native

LINE = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"}]}]}]}\n'
PADDED = b"before" + LINE + LINE + b"after"
START, END = len(b"before"), len(b"before") + 2 * len(LINE)


@pytest.mark.parametrize(
    "data",
    [
        LINE + LINE,
        bytearray(LINE + LINE),
        memoryview(PADDED)[START:END],
        memoryview(PADDED)[1:][START - 1 : END - 1],
        memoryview(bytearray(PADDED))[START:END],
        memoryview(bytes(b for byte in LINE + LINE for b in (byte, 0)))[::2],
    ],
    ids=["bytes", "bytearray", "view of bytes", "view of a view", "view of a bytearray", "strided view"],
)
def test_the_same_bytes_give_the_same_spans(data: bytes | memoryview) -> None:
    decoder = _native.Decoder([], 1, 0)
    found = decoder.feed(data, "json_lines", 1, "file", 0, True)
    assert (found["spans"], found["consumed"], found["rejected_other"]) == (4, 2 * len(LINE), 0)


def test_an_empty_view_holds_nothing() -> None:
    decoder = _native.Decoder([], 1, 0)
    assert decoder.feed(memoryview(PADDED)[:0], "json_lines", 1, "file", 0, True)["messages"] == 0
