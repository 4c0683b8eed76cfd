"""What must hold for any bytes at all: nothing crashes, nothing is lost, every reject can be found again."""

from __future__ import annotations

from typing import Any

from oracle import native

FORMS = ("json_lines", "json", "proto", "proto_length_prefixed")
_SIGNAL = {
    "span": "rejected_spans",
    "log_record": "rejected_log_records",
    "metric_point": "rejected_metric_points",
}
MAX_RAW_BYTES = 64 * 1024
Rows = dict[str, list[dict[str, Any]]]


def checked(data: bytes, form: str) -> tuple[Rows, dict[str, Any]]:
    """Rows (with `rejects`) and report of the bytes, after checking that every record is accounted for."""
    tables, report = native.decode(data, form)
    rows = native.plain_tables(tables)
    rejects = rows.setdefault("rejects", [])
    assert 0 <= report["consumed"] <= len(data)
    points = sum(len(r) for t, r in rows.items() if t.endswith("_points"))
    for kind, written in (
        ("spans", len(rows.get("spans_landing", []))),
        ("log_records", len(rows.get("log_records", []))),
        ("metric_points", points),
    ):
        assert report[kind] == written + report[f"rejected_{kind}"], kind
    counted = {key: 0 for key in (*_SIGNAL.values(), "rejected_other")}
    for reject in rejects:
        counted[_SIGNAL.get(reject["signal"], "rejected_other")] += 1
        begin, length = reject["byte_offset"], reject["length_bytes"]
        assert reject["raw"] == data[begin : begin + min(length, MAX_RAW_BYTES)], reject["reason"]
        assert begin >= 0 and begin + length <= len(data)
    assert counted == {key: report[key] for key in counted}
    for table, count in report["rows"].items():
        assert count == len(rows.get(table, []))
    return rows, report


def taken(rows: Rows) -> int:
    """Spans, log records and points that were written."""
    facts = ("spans_landing", "log_records")
    return sum(len(r) for t, r in rows.items() if t in facts or t.endswith("_points"))


def reasons(rows: Rows) -> list[str]:
    return sorted(r["reason"] for r in rows["rejects"])
