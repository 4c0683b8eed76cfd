"""Documents and messages beyond what is held at a time: the same rows as when they are read whole."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from lake_rows import Rows, column, counts, visible_rows
from ledger_accounts import check_accounts
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from otlp_lines import BASE_NANO, log_line, metric_line, trace_line
from otlp_packed import varint

from warehouse.lake import accounts
from warehouse.lake.ingest import ingest
from warehouse.lake.tables import LEDGER
from warehouse.otlp import content, convert, ranges, streaming

_BLOCK, _LIMIT = 777, 4_000
"""Bytes read at once, and of one record at most: all documents below are larger."""
_PER_TRACE = 3
_MESSAGES = 1_200
"""So many that the bytes which tell a form do not tell that a message ends early."""


def _document(traces: int, **changes: Any) -> dict[str, Any]:
    """Groups of all signals; the resource of each second one follows its records."""
    found: dict[str, Any] = {"unknown": {"a": [1, None]}}
    for n in range(traces):
        for line in (trace_line, log_line, metric_line):
            ((key, (group,)),) = json.loads(line(n)).items()
            group |= {"schemaUrl": f"https://example.test/{n % 3}"}
            found.setdefault(key, []).append(dict(reversed(group.items())) if n % 2 else group)
    return found | changes


def _one_group() -> dict[str, Any]:
    """One resource with several scopes of records, whose schema URL follows them."""
    (group,) = json.loads(trace_line(0))["resourceSpans"]
    scopes = [json.loads(trace_line(n))["resourceSpans"][0]["scopeSpans"][0] for n in range(30)]
    return {"resourceSpans": [group | {"scopeSpans": scopes, "schemaUrl": "https://example.test/one"}]}


def _one_scope() -> dict[str, Any]:
    """One resource with one scope, both of which follow their records."""
    found = _one_group()
    group = found["resourceSpans"][0]
    (scope,) = ({**s} for s in group["scopeSpans"][:1])
    scope["spans"] = [span for s in group["scopeSpans"] for span in s["spans"]]
    scope["schemaUrl"] = "https://example.test/scope"
    group["scopeSpans"] = [dict(reversed(scope.items()))]
    found["resourceSpans"] = [dict(reversed(group.items()))]
    return found


def _one_metric_scope() -> bytes:
    """The same of data points, in protobuf, whose schema URLs follow the records."""
    request = ExportMetricsServiceRequest.FromString(_POINTS)
    first = request.resource_metrics[0]
    for group in request.resource_metrics[1:]:
        first.scope_metrics[0].metrics.extend(group.scope_metrics[0].metrics)
    first.schema_url = first.scope_metrics[0].schema_url = "https://example.test/one"
    del request.resource_metrics[1:]
    return bytes(request.SerializeToString())


def _request(kind: type[Any], line: Callable[[int], str], count: int) -> bytes:
    (key,) = json.loads(line(0))
    groups = [group for n in range(count) for group in json.loads(line(n))[key]]
    message: bytes = ParseDict({key: groups}, kind()).SerializeToString()
    return message


_LOGS = _request(ExportLogsServiceRequest, log_line, _MESSAGES)
_POINTS = _request(ExportMetricsServiceRequest, metric_line, 40)
_PRETTY = json.dumps(_document(20), indent=1).encode()
FORMS = {
    "pretty": _PRETTY,
    "one line": json.dumps(_document(20)).encode() + b"\n" + trace_line(50).encode(),
    "line without end": trace_line(50).encode() + json.dumps(_document(20)).encode(),
    "array": json.dumps([_document(10), _document(12)], indent=1).encode(),
    "two": _PRETTY + b"\n" + json.dumps(_document(9), indent=2).encode(),
    "one group": json.dumps(_one_group(), indent=1).encode(),
    "one group in a line": json.dumps(_one_group()).encode() + b"\n" + trace_line(50).encode(),
    "one scope": json.dumps(_one_scope(), indent=1).encode(),
    "one group of points": _one_metric_scope(),
    "bare group": json.dumps(_one_group()["resourceSpans"][0], indent=1).encode(),
    "gzip": gzip.compress(_PRETTY),
    "message": _LOGS,
    "points": _POINTS,
    "prefixed": b"".join(struct.pack(">I", len(m)) + m for m in (_POINTS, _LOGS, _POINTS)),
    "varint": b"".join(varint(len(m)) + m for m in (_LOGS, _POINTS)),
}


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (content, ranges, accounts, streaming):
        monkeypatch.setattr(module, "BLOCK_BYTES", _BLOCK)


def _rows(lake: Path) -> dict[str, Rows]:
    """All rows but those of the ledger, which name the blocks that were hashed."""
    check_accounts(lake)
    return {name: rows for name, rows in visible_rows(lake).items() if name != LEDGER}


@pytest.fixture(params=[False, True], ids=["", "looked ahead"])
def looks_ahead(request: pytest.FixtureRequest, small_blocks: None, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the end of a group is looked up, so that its rows are written out before."""
    if request.param:
        monkeypatch.setattr(streaming, "GROUP_BYTES", 2 * _BLOCK)
        monkeypatch.setattr(convert, "_FLUSH_BYTES", 2 * _BLOCK)
    return bool(request.param)


@pytest.mark.parametrize("name", FORMS)
def test_rows_are_those_of_a_document_read_whole(name: str, tmp_path: Path, looks_ahead: bool) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    source.write_bytes(FORMS[name])
    ingest([source], tmp_path / "whole")
    done = ingest([source], lake, record_limit=_LIMIT)
    assert done.rejects == 0 and sum(done.rows.values()) > 30
    assert _rows(lake) == _rows(tmp_path / "whole")
    if looks_ahead and "one group" in name:
        written = [*lake.glob("spans_landing/*/*.parquet"), *lake.glob("number_points/*/*.parquet")]
        assert len(written) > 1


@pytest.mark.parametrize(
    ("name", "share"), [("pretty", 0.3), ("pretty", 0.61), ("one group", 0.7), ("message", 0.97)]
)
def test_a_document_that_grows_is_read_once(
    name: str, share: float, tmp_path: Path, small_blocks: None
) -> None:
    source, lake, data = tmp_path / "source", tmp_path / "lake", FORMS[name]
    source.write_bytes(data[: int(len(data) * share)])
    ingest([source], lake, record_limit=_LIMIT)
    before = counts(lake)["resources"]
    assert bool(before) == (name != "one group"), "a group is taken when it has ended"
    source.write_bytes(data)
    ingest([source], lake, record_limit=_LIMIT)
    ingest([source], tmp_path / "whole")
    assert counts(lake)["rejects"] == 0
    for table in ("spans_landing", "log_records", "number_points", "summary_points", "exemplars"):
        assert len(_rows(lake)[table]) == len(_rows(tmp_path / "whole")[table]), table
    assert column(lake, "spans_landing", "content_key") == column(
        tmp_path / "whole", "spans_landing", "content_key"
    )


def _spoilt(place: str) -> dict[str, Any]:
    """A document whose eleventh trace cannot be taken, or not all of it."""
    found = _document(20)
    group = found["resourceSpans"][10]
    scope = group["scopeSpans"][0]
    if place == "span":
        scope["spans"][1]["traceId"] = "short"
    if place == "scope":
        scope["scope"]["name"] = 7
    if place == "resource":
        group["resource"]["attributes"] = 7
    if place == "list":
        group["scopeSpans"] = 7
    return found


@pytest.mark.parametrize(("place", "lost"), [("span", 1), ("scope", 3), ("resource", 3), ("list", 3)])
def test_what_cannot_be_taken_is_rejected_and_the_rest_kept(
    place: str, lost: int, tmp_path: Path, small_blocks: None
) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    source.write_text(json.dumps(_spoilt(place), indent=1))
    ingest([source], tmp_path / "whole")
    ingest([source], lake, record_limit=_LIMIT)
    assert counts(lake)["spans_landing"] == 20 * _PER_TRACE - lost
    found, wanted = _rows(lake), _rows(tmp_path / "whole")
    places = ("byte_offset", "length_bytes", "record_ordinal", "signal", "reason")
    assert column(lake, "rejects", *places) == column(tmp_path / "whole", "rejects", *places)
    # Of a group without records its resource is kept, not the group.
    assert place == "list" or found["rejects"] == wanted["rejects"]
    assert found | {"rejects": []} == wanted | {"rejects": []}


def test_groups_before_damage_are_kept(tmp_path: Path, small_blocks: None) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    text = json.dumps({"resourceSpans": _document(20)["resourceSpans"]}, indent=1)
    at = text.index(f'"{8:032x}"')
    source.write_text(text[:at] + "oops" + text[at:] + "\n" + trace_line(30))
    ingest([source], lake, record_limit=_LIMIT)
    assert counts(lake)["spans_landing"] == 7 * _PER_TRACE + _PER_TRACE
    ((reason, begin, length),) = column(lake, "rejects", "reason", "byte_offset", "length_bytes")
    assert (reason, text[begin], text.count('"schemaUrl"', 0, begin)) == ("malformed_json", "{", 7)
    assert begin < at and begin + length == len(text) + len("oops\n")
    check_accounts(lake)
    source.write_bytes(_LOGS[:-3_000] + b"\xff" * 9_000)
    ingest([source], tmp_path / "other", record_limit=_LIMIT)
    assert 0 < counts(tmp_path / "other")["log_records"] < _MESSAGES
    lost = dict(column(tmp_path / "other", "rejects", "reason", "length_bytes"))
    assert lost["malformed_protobuf"] >= 9_000 - 100
    check_accounts(tmp_path / "other")


def test_only_a_record_is_too_large_and_a_higher_limit_takes_it(tmp_path: Path, small_blocks: None) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    source.write_text(
        json.dumps({"resourceSpans": json.loads(trace_line(0))["resourceSpans"] * 9}, indent=1)[:-3]
        + ","
        + json.dumps(json.loads(trace_line(1, padding=9_000))["resourceSpans"])[1:]
        + "}"
    )
    ingest([source], lake, record_limit=_LIMIT)
    assert counts(lake)["spans_landing"] == 9 * _PER_TRACE
    ((reason, detail),) = column(lake, "rejects", "reason", "detail")
    assert reason == "record_too_large" and "--max-record" in detail


def test_a_message_cut_by_the_end_of_the_file(tmp_path: Path, small_blocks: None) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    source.write_bytes(struct.pack(">I", len(_LOGS)) + _LOGS[:-700])
    ingest([source], lake, record_limit=_LIMIT)
    assert 0 < counts(lake)["log_records"] < _MESSAGES
    assert column(lake, "rejects", "reason") == ["truncated_message"]
    assert column(lake, LEDGER, "end_offset") == [source.stat().st_size]
    assert max(column(lake, "log_records", "time_unix_nano")) > BASE_NANO
