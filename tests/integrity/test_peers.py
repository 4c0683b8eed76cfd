"""The peers that spans name, by promoted column, map and older name."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from span_tables import span, spans

from warehouse.integrity.peers import PEER_COLUMNS, peer_columns

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5


def peers(kind: int, **attributes: Any) -> dict[str, Any]:
    named = {key.replace("__", "."): value for key, value in attributes.items()}
    (row,) = peer_columns(spans(span(named, kind=kind))).to_pylist()
    return {k: v for k, v in row.items() if v is not None}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, {}),
        ({"service__peer__name": "pay"}, {"peer_service": "pay"}),
        ({"peer__service": "pay"}, {"peer_service": "pay"}),
        ({"peer__service": "old", "service__peer__name": "new"}, {"peer_service": "new"}),
        ({"peer__service": ""}, {}),
        ({"service__peer__name": "", "peer__service": "pay"}, {"peer_service": "pay"}),
        ({"server__address": "db.local"}, {"peer_host": "db.local"}),
        ({"net__peer__name": "db.local"}, {"peer_host": "db.local"}),
        ({"net__host__name": "here"}, {}),
        ({"messaging__destination__name": "orders"}, {"peer_destination": "orders"}),
        ({"messaging__destination": "orders"}, {"peer_destination": "orders"}),
        ({"db__system": "redis"}, {"peer_database": "redis"}),
        ({"db__system__name": "redis", "db__namespace": "0"}, {"peer_database": "0"}),
        ({"db__name": "shop", "db__system": "mysql"}, {"peer_database": "shop"}),
        ({"url__full": "http://pay/x", "net__peer__ip": "10.0.0.1"}, {}),
        ({"peer__service": 5}, {"peer_service": "5"}),
    ],
)
def test_a_client_names_its_peer(attributes: dict[str, Any], expected: dict[str, str]) -> None:
    assert peers(CLIENT, **attributes) == expected


def test_callees_name_themselves() -> None:
    assert peers(SERVER, server__address="me", peer__service="caller") == {"peer_host": "me"}
    assert peers(SERVER, net__host__name="me", net__peer__name="caller") == {"peer_host": "me"}
    assert peers(SERVER, net__peer__name="caller") == {}
    assert peers(CONSUMER, messaging__destination="orders") == {"peer_destination": "orders"}


def test_rows_keep_their_places_across_chunks_slices_and_dictionaries() -> None:
    rows = [
        span({"peer.service": f"s{n}"} if n % 3 else {"other": n, "server.address": f"h{n}"}, kind=CLIENT)
        for n in range(50)
    ]
    whole = spans(*rows)
    expected = [(f"s{n}", None, None, None) if n % 3 else (None, f"h{n}", None, None) for n in range(50)]
    parts = pa.concat_tables([whole.slice(0, 7), whole.slice(7, 1), whole.slice(8)])
    at = parts.schema.get_field_index("server_address")
    parts = parts.set_column(at, "server_address", parts.column("server_address").dictionary_encode())
    for table, start in ((whole, 0), (parts, 0), (whole.slice(20), 20)):
        found = peer_columns(table)
        assert found.column_names == list(PEER_COLUMNS)
        assert [tuple(r.values()) for r in found.to_pylist()] == expected[start:]


def test_no_rows_name_no_peers() -> None:
    assert len(peer_columns(spans())) == 0
