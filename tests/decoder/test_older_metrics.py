"""Metrics of opentelemetry-proto 0.7, as metric streams of Firehose may still send them, byte by byte."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from oracle.accounting import checked

from warehouse import _native

TIME, START, SECOND = 1_763_900_000_000_000_000, 1_763_899_000_000_000_000, 1_000_000_000
DOUBLE_GAUGE, DOUBLE_SUM, DOUBLE_HISTOGRAM, DOUBLE_SUMMARY = 5, 7, 9, 11
REMOVED = {4: "int_gauge", 6: "int_sum", 8: "int_histogram"}


def _varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + _varint(number >> 7)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _fixed64(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d" if isinstance(value, float) else "<Q", value)


def _label(key: str, value: str, field: int = 1) -> bytes:
    """A StringKeyValue."""
    return _bytes(field, _bytes(1, key.encode()) + _bytes(2, value.encode()))


LABELS = _label("Namespace", "AWS/EC2") + _label("InstanceId", "i-1") + _label("empty", "")
TIMES = _fixed64(2, START) + _fixed64(3, TIME)


def _request(kind: int, point: bytes, data: bytes = b"", name: str = "cpu") -> bytes:
    """A request of one metric of one point; `data` are other fields of what holds the points."""
    metric = _bytes(1, name.encode()) + _bytes(3, b"1") + _bytes(kind, _bytes(1, point) + data)
    library = _bytes(1, _bytes(1, b"lib") + _bytes(2, b"0.7")) + _bytes(2, metric)
    resource = _bytes(1, _bytes(1, b"service.name") + _bytes(2, _bytes(1, b"metric-stream")))
    return _bytes(1, _bytes(1, resource) + _bytes(2, library))


def _decoded(data: bytes) -> dict[str, list[dict[str, Any]]]:
    assert _native.sniff(data, True) == "proto"
    rows, report = checked(data, "proto")
    assert report["metric_points"] == 1
    return rows


def _stream(rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    (stream,) = rows["metric_streams"]
    assert (stream["metric_name"], stream["unit"], stream["service_name"]) == ("cpu", "1", "metric-stream")
    labels = {"Namespace": ("s", "AWS/EC2"), "InstanceId": ("s", "i-1"), "empty": ("s", "")}
    assert stream["attributes"] == labels
    return stream


def test_a_summary_of_a_metric_stream_keeps_its_labels() -> None:
    quantiles = b"".join(
        _bytes(6, _fixed64(1, quantile) + _fixed64(2, value)) for quantile, value in ((0.0, 1.5), (1.0, 9.5))
    )
    point = LABELS + TIMES + _fixed64(4, 3) + _fixed64(5, 14.5) + quantiles
    rows = _decoded(_request(DOUBLE_SUMMARY, point))
    assert _stream(rows)["metric_type"] == "summary"
    (found,) = rows["summary_points"]
    assert (found["count"], found["sum"]) == (3, 14.5)
    assert (found["quantiles"], found["quantile_values"]) == ([0.0, 1.0], [1.5, 9.5])
    assert (found["time_unix_nano"], found["start_time_unix_nano"]) == (TIME, START)


@pytest.mark.parametrize(("kind", "name"), [(DOUBLE_GAUGE, "gauge"), (DOUBLE_SUM, "sum")])
def test_doubles_keep_labels_and_those_of_exemplars(kind: int, name: str) -> None:
    exemplar = _label("filtered", "yes") + _fixed64(2, TIME - SECOND) + _fixed64(3, 2.5)
    rows = _decoded(_request(kind, LABELS + TIMES + _fixed64(4, 2.5) + _bytes(5, exemplar), b"\x10\x02"))
    assert _stream(rows)["metric_type"] == name
    assert [p["value_double"] for p in rows["number_points"]] == [2.5]
    (found,) = rows["exemplars"]
    assert (found["value_double"], found["time_unix_nano"]) == (2.5, TIME - SECOND)
    assert found["filtered_attributes"] == {"filtered": ("s", "yes")}


def test_a_histogram_keeps_labels() -> None:
    counts = b"".join(_fixed64(6, n) for n in (1, 2))
    point = LABELS + TIMES + _fixed64(4, 3) + _fixed64(5, 4.5) + counts + _fixed64(7, 1.0)
    rows = _decoded(_request(DOUBLE_HISTOGRAM, point, b"\x10\x02"))
    assert _stream(rows)["metric_type"] == "histogram"
    (found,) = rows["histogram_points"]
    assert (found["bucket_counts"], found["explicit_bounds"], found["sum"]) == ([1, 2], [1.0], 4.5)


def test_labels_beside_attributes_repeat_them() -> None:
    """Versions between wrote both; the attributes have the types."""
    attribute = _bytes(7, _bytes(1, b"port") + _bytes(2, b"\x18\x50"))
    rows = _decoded(_request(DOUBLE_GAUGE, _label("port", "80") + attribute + TIMES + _fixed64(4, 1.0)))
    assert rows["metric_streams"][0]["attributes"] == {"port": ("i", "80")}


@pytest.mark.parametrize("kind", REMOVED)
def test_kinds_without_a_successor_are_rejected_by_their_name(kind: int) -> None:
    rows = _decoded(_request(kind, LABELS + TIMES + _fixed64(4, 7), b"\x10\x02"))
    (reject,) = rows["rejects"]
    assert (reject["signal"], reject["reason"]) == ("metric_point", "removed_metric_kind")
    assert REMOVED[kind] in reject["detail"] and "0.7" in reject["detail"]


def test_a_label_that_is_not_text_rejects_its_point() -> None:
    point = _bytes(1, _bytes(1, b"\xff\xfe")) + TIMES + _fixed64(4, 1.0)
    rows = _decoded(_request(DOUBLE_GAUGE, point))
    assert [r["reason"] for r in rows["rejects"]] == ["invalid_utf8"]


def test_the_records_of_a_firehose_object_are_taken(tmp_path: Path) -> None:
    from warehouse.lake.ingest import ingest

    quantile = _bytes(6, _fixed64(1, 1.0) + _fixed64(2, 9.5))
    messages = [
        _request(DOUBLE_SUMMARY, LABELS + _fixed64(3, TIME + n * SECOND) + _fixed64(4, 1) + quantile)
        for n in range(20)
    ]
    (tmp_path / "object").write_bytes(b"".join(_varint(len(m)) + m for m in messages))
    done = ingest([tmp_path / "object"], tmp_path / "lake", workers=1)
    assert (done.rows["summary_points"], done.rejects) == (20, 0)
