"""The peers that spans name, by promoted column, map and older name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pytest
from span_tables import DAY, span, spans, table

from warehouse import _native

SERVER, CLIENT, CONSUMER = 2, 3, 5
_MORE = {
    "content_key": (None, pa.int64()),
    "is_assembled": (False, pa.bool_()),
    "known_issues": (0, pa.int32()),
}
Name = tuple[str, str]
"""A category and a name of it."""


def of_kernel(rows: pa.Table) -> pa.Table:
    """The rows with what the kernel asks of them besides."""
    for name, (value, kind) in _MORE.items():
        rows = rows.append_column(name, pa.repeat(pa.scalar(value, kind), len(rows)))
    return rows


NO_LINKS = of_kernel(table("span_links", []))


def context(names: Iterable[Name]) -> dict[str, pa.Table]:
    """A date on which SERVER and CONSUMER spans go under these names."""
    rows = [{"event_date": DAY, "category": category, "name": name} for category, name in names]
    texts, days, numbers = pa.string(), ("event_date", pa.date32()), pa.int64()
    named = pa.schema([days, ("category", texts), ("name", texts)])
    linked = pa.schema([days, ("trace_id", texts), ("span_id", texts)])
    keys = ("child_resource_key", "parent_resource_key", "bound_nano")
    bounds = pa.schema([days, *((key, numbers) for key in keys)])
    return {
        "names": pa.Table.from_pylist(rows, named),
        "consumer_links": linked.empty_table(),
        "bounds": bounds.empty_table(),
    }


def findings(rows: pa.Table, names: Iterable[Name] = ()) -> list[dict[str, Any]]:
    """What is said of calls."""
    out = _native.assemble(of_kernel(rows), NO_LINKS, context(names), 1000)
    found = pa.table(out["violations"]).sort_by("row").to_pylist()
    return [row for row in found if row["finding"] in ("uninstrumented_callee", "unnamed_peer")]


def calls(**attributes: Any) -> pa.Table:
    return spans(span({key.replace("__", "."): value for key, value in attributes.items()}, kind=CLIENT))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"service__peer__name": "pay"}, ("service", "pay")),
        ({"peer__service": "pay"}, ("service", "pay")),
        ({"peer__service": "old", "service__peer__name": "new"}, ("service", "new")),
        ({"service__peer__name": "", "peer__service": "pay"}, ("service", "pay")),
        ({"server__address": "db.local"}, ("host", "db.local")),
        ({"net__peer__name": "db.local"}, ("host", "db.local")),
        ({"messaging__destination__name": "orders"}, ("destination", "orders")),
        ({"messaging__destination": "orders"}, ("destination", "orders")),
        ({"peer__service": 5}, ("service", "5")),
    ],
)
def test_a_client_names_its_peer(attributes: dict[str, Any], expected: Name) -> None:
    (found,) = findings(calls(**attributes), [expected])
    assert (found["finding"], found["peer"]) == ("uninstrumented_callee", expected[1])
    others = {
        ("service", "old"),
        *((category, expected[1]) for category in ("service", "host", "destination")),
    }
    assert findings(calls(**attributes), others - {expected}) == []


@pytest.mark.parametrize(
    "attributes",
    [{"db__system": "redis"}, {"db__system__name": "redis"}, {"db__namespace": "0"}, {"db__name": "shop"}],
)
def test_a_database_is_a_peer_that_nothing_instruments(attributes: dict[str, Any]) -> None:
    name = next(iter(attributes.values()))
    assert findings(calls(**attributes), [("service", name), ("host", name), ("destination", name)]) == []


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"peer__service": ""},
        {"net__host__name": "here"},
        {"url__full": "http://pay/x", "net__peer__ip": "10.0.0.1"},
    ],
)
def test_what_is_no_name_names_no_peer(attributes: dict[str, Any]) -> None:
    (found,) = findings(calls(**attributes), [("host", "here"), ("host", "10.0.0.1")])
    assert (found["finding"], found["peer"]) == ("unnamed_peer", None)


def test_sentences_speak_of_the_service_before_queue_host_and_database() -> None:
    named = {
        "peer__service": "pay",
        "messaging__destination": "orders",
        "server__address": "h",
        "db__name": "d",
    }
    told = []
    while named:
        told += [found["peer"] for found in findings(calls(**named), [("host", "h")])]
        named.pop(next(iter(named)))
    assert told == ["pay", "orders", "h"]


@pytest.mark.parametrize(
    ("kind", "attributes", "expected"),
    [
        (SERVER, {"server.address": "me", "peer.service": "caller"}, {("host", "me")}),
        (SERVER, {"net.host.name": "me", "net.peer.name": "caller"}, {("host", "me")}),
        (SERVER, {"net.peer.name": "caller"}, set()),
        (CONSUMER, {"messaging.destination": "orders"}, {("destination", "orders")}),
        (CLIENT, {"server.address": "db.local"}, None),
    ],
)
def test_callees_name_themselves(kind: int, attributes: dict[str, Any], expected: set[Name] | None) -> None:
    out = _native.survey(of_kernel(spans(span(attributes, kind=kind))), NO_LINKS)
    found = {(row["category"], row["name"]) for row in pa.table(out["names"]).to_pylist()}
    assert found == (set() if expected is None else expected | {("service", "shop")})


def test_rows_keep_their_places_across_chunks_slices_and_dictionaries() -> None:
    rows = [
        span(
            {"peer.service": f"s{n}"} if n % 3 else {"other": n, "server.address": f"h{n}"},
            kind=CLIENT,
            span_id=f"{n + 1:016x}",
        )
        for n in range(50)
    ]
    whole = spans(*rows)
    names = [("service", f"s{n}") if n % 3 else ("host", f"h{n}") for n in range(50)]
    parts = pa.concat_tables([whole.slice(0, 7), whole.slice(7, 1), whole.slice(8)])
    at = parts.schema.get_field_index("server_address")
    parts = parts.set_column(at, "server_address", parts.column("server_address").dictionary_encode())
    for given, start in ((whole, 0), (parts, 0), (whole.slice(20), 20)):
        assert [found["peer"] for found in findings(given, names)] == [name for _, name in names[start:]]


def test_the_last_of_equal_keys_names_the_peer() -> None:
    rows = calls(peer__service="old")
    entries = pa.array(
        [[("peer.service", "old"), ("peer.service", "new")]], rows.schema.field("attributes").type
    )
    rows = rows.set_column(rows.schema.get_field_index("attributes"), "attributes", entries)
    assert [found["peer"] for found in findings(rows, [("service", "new")])] == ["new"]
