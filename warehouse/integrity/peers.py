"""Over what a span calls its peer."""

from __future__ import annotations

CONNECTION_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("db", ("db.system.name", "db.system")),
    ("messaging", ("messaging.system", "messaging.destination.name", "messaging.destination")),
    ("rpc", ("rpc.system.name", "rpc.system", "rpc.method")),
    ("http", ("http.request.method", "http.method", "url.full", "http.url")),
)
"""Kinds of connection in the order in which they are tried, each with attributes one of which tells it.
A call that tells none is `messaging` when its kind is PRODUCER, else `other`. A database or a queue behind
HTTP, and RPC over HTTP, are the more specific kind."""
