"""TYPE on events and links: each planted defect is told once, of the span that it hangs on, with its fix."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable

from warehouse.lake.ingest import ingest
from warehouse.schemas.declaration import VARIABLE
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


def line(number: int, *, end: int = 10, events: Any = (), links: Any = (), named: Any = ()) -> str:
    """A span whose events and links have these attributes; `named` are whole events."""
    span = {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        "name": f"step {number}",
        "kind": 1,
        "startTimeUnixNano": str(NOON + number),
        "endTimeUnixNano": str(NOON + number + end),
        "parentSpanId": "" if number == 1 else f"{1:016x}",
        "events": [{"timeUnixNano": str(NOON), "name": "e", "attributes": a} for a in events] + list(named),
        "links": [{"traceId": "cd" * 16, "spanId": "ef" * 8, "attributes": a} for a in links],
    }
    resource = {"attributes": attribute("service.name", {"stringValue": "shop"})}
    scope = {
        "scope": {"name": "tomcat"},
        "schemaUrl": "https://opentelemetry.io/schemas/1.25.0",
        "spans": [span],
    }
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}) + "\n"


def event(name: str, **attributes: str) -> dict[str, Any]:
    """An event with these texts, underscores in their keys as dots."""
    texts = [({"key": k.replace("__", "."), "value": {"stringValue": v}}) for k, v in attributes.items()]
    return {"timeUnixNano": str(NOON), "name": name, "attributes": texts}


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


def _assembled(folder: Path, *lines: str) -> Path:
    (folder / "lines").write_text("".join(lines))
    ingest([folder / "lines"], folder / "lake")
    assemble(folder / "lake", settle=True)
    return folder / "lake"


SOUND_EVENTS = [
    event("exception", exception__type="ValueError"),
    event("exception", exception__message="no"),
    event("session.start", session__id="1"),
    event("feature_flag.evaluation", feature_flag__key="dark"),
    event("request", graphql__operation__type="query"),
    {"timeUnixNano": str(NOON), "name": "exception", "droppedAttributesCount": 2},
    {"timeUnixNano": str(NOON), "name": "own event"},
]


def test_sound_events_are_told_nothing(tmp_path: Path) -> None:
    assert told(_assembled(tmp_path, line(1, named=SOUND_EVENTS), line(2))) == []


WRONG_EVENTS = {
    "exception": (
        event("exception", exception__stacktrace="at main"),
        "missing_required_event_attribute",
        "An event exception of span step 2 of shop lacks exception.type or exception.message, which its "
        "convention requires.",
    ),
    "session": (
        event("session.end", session__previous_id="1"),
        "missing_required_event_attribute",
        "An event session.end of span step 2 of shop lacks session.id, which its convention requires.",
    ),
    "level": (
        event("own event", service__name="shop"),
        "misplaced_event_attribute",
        "service.name on an event of span step 2 of shop describes a resource, not an event.",
    ),
    "old name": (
        event("own event", http__method="GET"),
        "deprecated_event_attribute",
        "tomcat of shop writes http.method on events (spans: 1); schema 1.25.0, which it states, no longer "
        "has it.",
    ),
    "no member": (
        event("own event", graphql__operation__type="Query"),
        "unknown_event_enum_member",
        "tomcat of shop writes values of graphql.operation.type on events that are no members of its "
        "enumeration, such as Query (spans: 1).",
    ),
}


@pytest.mark.parametrize("name", WRONG_EVENTS)
def test_a_planted_event_is_one_violation(name: str, tmp_path: Path) -> None:
    wrong, finding, detail = WRONG_EVENTS[name]
    lake = _assembled(
        tmp_path, line(1, end=100, named=SOUND_EVENTS), line(2, named=[wrong, *SOUND_EVENTS, wrong])
    )
    assert told(lake) == [("2", finding, detail)]


def test_columns_are_held_to_the_conventions_as_maps_are(tmp_path: Path) -> None:
    """Whoever promotes attributes of events is told the same of them."""
    named = [*SOUND_EVENTS, *(wrong for wrong, _, _ in WRONG_EVENTS.values())]
    (tmp_path / "map").mkdir()
    lake = _assembled(tmp_path / "map", line(1, end=100, named=SOUND_EVENTS), line(2, named=named))
    keys = ("feature_flag.key", "http.method", "graphql.operation.type")
    entry = '[[attribute]]\nkey = "{}"\ntype = "string"\naliases = []\ntables = ["span_events"]\n'
    (tmp_path / "promoted.toml").write_text("".join(map(entry.format, keys)))
    child = (
        "import sys; from pathlib import Path; from warehouse.lake.ingest import ingest; "
        "from warehouse.traces.assemble import assemble; lines, lake = map(Path, sys.argv[1:]); "
        "ingest([lines], lake); assemble(lake, settle=True)"
    )
    subprocess.run(
        [sys.executable, "-c", child, tmp_path / "map" / "lines", tmp_path / "lake"],
        env=os.environ | {VARIABLE: str(tmp_path / "promoted.toml"), "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
    with duckdb.connect() as con:
        files = DeltaTable(str(tmp_path / "lake" / "span_events")).file_uris()
        query = "select count(http_method), count(feature_flag_key) from read_parquet($1)"
        assert con.execute(query, [files]).fetchone() == (1, 2)
    assert {finding for _, finding, _ in told(lake)} == {finding for _, finding, _ in WRONG_EVENTS.values()}
    assert told(tmp_path / "lake") == told(lake)


def test_links_are_held_to_the_conventions_too(tmp_path: Path) -> None:
    links = [attribute("host.arch", SOUND), attribute("net.peer.name", SOUND)]
    found = told(_assembled(tmp_path, line(1, links=[*CLEAN, *links])))
    assert [finding for _, finding, _ in found] == ["deprecated_link_attribute", "misplaced_link_attribute"]
    assert found[0][2].startswith("tomcat of shop writes net.peer.name on links (spans: 1); ")


def test_habits_on_events_equal_a_plain_count(tmp_path: Path) -> None:
    """Three services, old keys and strange members here and there: spans that show each, and the earliest."""
    chance = random.Random(20261130)
    shown: dict[str, list[int]] = defaultdict(list)
    lines = []
    for number in range(1, 120):
        events = []
        for key, value in (("http.method", "GET"), ("http.url", "/"), ("graphql.operation.type", "Query")):
            if chance.random() < 0.3:
                events += [attribute(key, {"stringValue": value})] * chance.randrange(1, 3)
                shown[key].append(number)
        lines.append(line(number, events=events))
    chance.shuffle(lines)
    lake = _assembled(tmp_path, *lines)
    with duckdb.connect() as con:
        files = DeltaTable(str(lake / "integrity_violations")).file_uris()
        found = con.execute(
            "select detail, span_id from read_parquet($1) where severity = 'info'", [files]
        ).fetchall()
    assert len(found) == 3
    for key, numbers in shown.items():
        ((detail, span_id),) = [(d, s) for d, s in found if key in d]
        assert f"(spans: {len(numbers)})" in detail
        assert span_id == f"{min(numbers):016x}"
