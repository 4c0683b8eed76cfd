"""TYPE on events and links: each planted defect is told once, of the span that it hangs on, with its fix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable

from warehouse.lake.ingest import ingest
from warehouse.traces.assemble import assemble

NOON = 1_795_176_000_000_000_000
TRACE = "ab" * 16
SOUND = {"stringValue": "sound"}
ARGUMENTS = "process.command_args"
"""An attribute that is an array of strings."""


def attribute(key: str, value: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value}]


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = SOUND
    for _ in range(levels - 1):
        value = {"arrayValue": {"values": [value]}}
    return value


def line(number: int, *, end: int = 10, events: Any = (), links: Any = ()) -> str:
    """A span whose events and links have these attributes."""
    span = {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        "name": f"step {number}",
        "kind": 1,
        "startTimeUnixNano": str(NOON + number),
        "endTimeUnixNano": str(NOON + number + end),
        "parentSpanId": "" if number == 1 else f"{1:016x}",
        "events": [{"timeUnixNano": str(NOON), "name": "e", "attributes": a} for a in events],
        "links": [{"traceId": "cd" * 16, "spanId": "ef" * 8, "attributes": a} for a in links],
    }
    resource = {"attributes": attribute("service.name", {"stringValue": "shop"})}
    resource = {"attributes": attribute("service.name", {"stringValue": "shop"})}
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}) + "\n"


STATUS = attribute("http.response.status_code", {"stringValue": "200"})
MIXED = attribute(ARGUMENTS, {"arrayValue": {"values": [SOUND, {"intValue": "1"}]}})
CLEAN = [attribute(ARGUMENTS, {"arrayValue": {"values": [SOUND]}}), attribute("own", nested(16)), []]


def told(lake: Path) -> list[tuple[str, str, str]]:
    with duckdb.connect() as con:
        return con.execute(
            "select right(span_id, 1), finding, detail from read_parquet($1) "
            "where constraint_id = 'TYPE' order by all",
            [DeltaTable(str(lake / "integrity_violations")).file_uris()],
        ).fetchall()


def test_each_defect_is_told_of_its_span(tmp_path: Path) -> None:
    lines = [
        line(1, end=100, events=CLEAN, links=CLEAN),
        line(2, events=[*CLEAN, STATUS, STATUS]),
        line(3, links=[STATUS]),
        line(4, events=[MIXED], links=[MIXED]),
        line(5, events=[attribute("own", nested(17))], links=[attribute("own", nested(20))]),
        # Copies: an equal one adds nothing, and of two that differ the one that ends last speaks.
        line(2, events=[*CLEAN, STATUS, STATUS]),
        line(6, end=20),
        line(6, end=10, events=[STATUS]),
    ]
    (tmp_path / "lines").write_text("".join(lines))
    ingest([tmp_path / "lines"], tmp_path / "lake")
    assemble(tmp_path / "lake", settle=True)
    status = (
        "http.response.status_code on {} of span step {} of shop is a string; "
        "the conventions have an integer."
    )
    mixed = (
        f"{ARGUMENTS} on {{}} of span step 4 of shop is an array that holds an integer; "
        "the conventions have an array of strings."
    )
    deep = "{} of span step 5 of shop has an attribute that nests {} deep; 16 levels are read everywhere."
    expected = [
        ("2", "wrong_event_attribute_type", status.format("an event", 2)),
        ("3", "wrong_link_attribute_type", status.format("a link", 3)),
        ("4", "wrong_event_attribute_type", mixed.format("an event")),
        ("4", "wrong_link_attribute_type", mixed.format("a link")),
        ("5", "deep_event_value", deep.format("An event", 17)),
        ("5", "deep_link_value", deep.format("A link", 20)),
    ]
    assert told(tmp_path / "lake") == expected
    with duckdb.connect() as con:
        spans = f"read_parquet('{tmp_path}/lake/spans/*/*.parquet')"
        found = con.sql(
            f"select right(span_id, 1) from {spans} where issues & 128 > 0 order by all"
        ).fetchall()
    assert found == [(n,) for n in "2345"]

    # Assembled again beside a late span, they say the same.
    (tmp_path / "late").write_text(line(7))
    ingest([tmp_path / "late"], tmp_path / "lake")
    assemble(tmp_path / "lake", settle=True)
    assert told(tmp_path / "lake") == expected
