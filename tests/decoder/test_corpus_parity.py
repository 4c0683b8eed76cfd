"""Native decoding equals the oracle on every real file: rows field by field, counts, positions.

`tests/data` always; the whole corpus when it lies beside the checkout (or where OTLP_CORPORA points).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oracle import native
from oracle.comparison import differences
from oracle.context import Context
from oracle.corpus import TESTS, CorpusFile, captured, carried, collected
from oracle.decoding import decode
from oracle.unreadable import UNREADABLE

from warehouse import _native

CORPORA = Path(os.environ.get("OTLP_CORPORA", TESTS.parents[1] / "shared" / "corpora"))
POSITION = ("byte_offset", "record_ordinal")
"""Where a record stood: known to the decoder alone, tested by reading the file there."""
HEAD_BYTES = 64 * 1024


def _files() -> Iterator[CorpusFile]:
    yield from carried()
    if CORPORA.is_dir():
        yield from collected(CORPORA)
        yield from captured(CORPORA)


def _id(file: CorpusFile) -> str:
    return f"{file.root.name}/{file.name}"


def _sniffed(data: bytes) -> str:
    form: str = _native.sniff(data[:HEAD_BYTES], len(data) <= HEAD_BYTES)
    return form


@pytest.mark.parametrize("file", list(_files()), ids=_id)
def test_file(file: CorpusFile) -> None:
    data = file.bytes
    form = _sniffed(data)
    assert form == file.form or (form, file.form) == ("json_lines", "json")

    tables, report = native.decode(data, form)

    found = {"spans": file.spans, "log_records": file.log_records, "metric_points": file.metric_points}
    assert {k: report[k] for k in found} == found
    rows = native.plain_tables(tables)
    _accounts_for_all(report, rows)
    assert len(data) - report["consumed"] == file.torn_bytes
    for table, wanted in (
        ("span_events_landing", file.events),
        ("span_links_landing", file.links),
        ("exemplars", file.exemplars),
    ):
        assert wanted is None or len(rows.get(table, [])) == wanted
    if file.name in UNREADABLE:
        return
    expected = decode(data, form)
    for signal in ("span", "log_record", "metric_point"):
        assert report[f"rejected_{signal}s"] == expected.rejected[signal], signal
    assert report["rejected_other"] == expected.rejected["other"]
    rejects = rows.pop("rejects", [])
    assert len(rejects) == sum(expected.rejected.values())
    assert differences(rows, expected.rows, leave_out=POSITION) == []


def _accounts_for_all(report: dict[str, Any], rows: dict[str, list[dict[str, Any]]]) -> None:
    points = sum(len(r) for t, r in rows.items() if t.endswith("_points"))
    assert report["spans"] == len(rows.get("spans_landing", [])) + report["rejected_spans"]
    assert report["log_records"] == len(rows.get("log_records", [])) + report["rejected_log_records"]
    assert report["metric_points"] == points + report["rejected_metric_points"]


def test_unreadable_files_are_still_unreadable() -> None:
    """The list only shrinks: an entry whose file the oracle reads like us must go."""
    named = {f.name: f for f in _files()}
    for name, reason in UNREADABLE.items():
        assert reason
        if name not in named:
            continue
        data = named[name].bytes
        tables, _ = native.decode(data, _sniffed(data))
        rows = native.plain_tables(tables)
        rows.pop("rejects", None)
        assert differences(rows, decode(data, _sniffed(data)).rows, leave_out=POSITION), f"{name} agrees now"


def test_files_of_one_decoder_add_up() -> None:
    """A bin of small files: one decoder fed file after file gives the oracle's tables over all of them."""
    files = [f for f in carried() if f.name not in UNREADABLE]
    context = Context(file_key=7, ingest_batch=3)
    decoder = native.decoder(context)
    for file in files:
        decoder.feed(file.bytes, file.form, 7, file.name, 0, True)
    rows = native.plain_tables(native.finish(decoder))
    rows.pop("rejects", None)
    for file in files:
        decode(file.bytes, file.form, context)
    assert differences(rows, context.rows, leave_out=POSITION) == []
