"""Attributes that a span lacks although the convention that it evidently follows requires them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from warehouse.integrity.columns import Numbers, numbers
from warehouse.integrity.conventions import attributes, groups, older_names
from warehouse.integrity.entries import Entries
from warehouse.schemas.promoted import promoted_in

_KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
# Older names that no rename leads from.
_STANDS_FOR = {"messaging.operation.name": ("messaging.operation",)}


@dataclass(frozen=True, slots=True)
class Rule:
    """A convention that a span follows when it has its kind, one of `evidence` and none of `unless`.

    Only current names are evidence: a span of an older convention is not held to the newer one.
    """

    group: str
    evidence: tuple[str, ...]
    unless: tuple[str, ...] = ()


_MESSAGING = ("messaging.destination.name", "messaging.operation.type", "messaging.message.id")
_DATABASE = ("db.operation.name", "db.collection.name", "db.query.text", "db.query.summary", "db.namespace")
_RPC = ("rpc.method", "rpc.response.status_code")
RULES = (
    Rule("span.http.client", ("http.request.method",), ("db.system.name", "rpc.system.name", "rpc.system")),
    Rule("span.http.server", ("http.request.method",)),
    Rule("span.db.client", _DATABASE),
    Rule("span.messaging.send.producer", _MESSAGING),
    Rule("span.messaging.process.consumer", _MESSAGING),
    Rule("span.rpc.call.client", _RPC),
    Rule("span.rpc.call.server", _RPC),
    Rule("span.faas.client", ("faas.invoked_name", "faas.invoked_provider", "faas.invoked_region")),
    Rule("span.faas.timer.server", ("faas.cron", "faas.time")),
    Rule("span.faas.datasource.server", ("faas.document.collection", "faas.document.operation")),
    Rule("span.cli.internal", ("process.exit.code",)),
    Rule("span.cli.client", ("process.exit.code",)),
)
"""In a fixed order: a finding names a rule by its place."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Conditions numbered as bits: which keys meet which, and what each rule asks of them."""

    bits: dict[str, int]
    evidence: tuple[int, ...]
    unless: tuple[int, ...]
    required: tuple[tuple[tuple[int, int], ...], ...]
    """Per rule the position of each required attribute and its bit."""


@cache
def _plan() -> _Plan:
    bits: dict[str, int] = {}
    count = 0
    place = {a.key: at for at, a in enumerate(attributes())}

    def condition(keys: Iterable[str]) -> int:
        nonlocal count
        bit, count = 1 << count, count + 1
        for key in keys:
            bits[key] = bits.get(key, 0) | bit
        return bit

    def stands_for(key: str) -> tuple[str, ...]:
        return (key, *older_names().get(key, ()), *_STANDS_FOR.get(key, ()))

    evidence = tuple(condition(rule.evidence) for rule in RULES)
    unless = tuple(condition(rule.unless) for rule in RULES)
    required = tuple(
        tuple((place[key], condition(stands_for(key))) for key in groups()[rule.group].required)
        for rule in RULES
    )
    return _Plan(bits, evidence, unless, required)


@cache
def required_columns() -> list[str]:
    """The span columns that `missing_required` reads, besides the map."""
    return ["kind", "dropped_attributes_count", *_promoted_bits()]


@cache
def _promoted_bits() -> dict[str, int]:
    found = {p.column.name: _plan().bits.get(p.key, 0) for p in promoted_in("spans")}
    return {name: bits for name, bits in found.items() if bits}


@cache
def _position_bits() -> Numbers:
    """Conditions that the attribute at each position meets; the last entry is for unknown keys."""
    return np.array([*(_plan().bits.get(a.key, 0) for a in attributes()), 0], np.uint64)


def missing_required(
    batch: pa.RecordBatch, entries: Entries, positions: Numbers
) -> list[tuple[Numbers, int, int]]:
    """Rows that lack an attribute, the attribute's position, and the rule's place, for every pair of the two.

    `positions` are those of `entries.keys`. Spans that dropped attributes may have had them and are left out.
    """
    met = _conditions_met(batch, entries, positions)
    kind = numbers(batch.column("kind"))
    whole = numbers(batch.column("dropped_attributes_count")) == 0
    plan = _plan()
    found = []
    for number, rule in enumerate(RULES):
        is_kind = kind == _KINDS[groups()[rule.group].span_kind]
        follows = is_kind & whole & _has(met, plan.evidence[number]) & ~_has(met, plan.unless[number])
        rows = np.flatnonzero(follows)
        for position, bit in plan.required[number] if len(rows) else ():
            lacking = rows[~_has(met[rows], bit)]
            if len(lacking):
                found.append((lacking, position, number))
    return found


def _has(met: Numbers, bit: int) -> Numbers:
    return (met & np.uint64(bit)) != 0  # type: ignore[no-any-return]


def _conditions_met(batch: pa.RecordBatch, entries: Entries, positions: Numbers) -> Numbers:
    """The bits of the conditions that each row's attributes meet."""
    met = np.zeros(batch.num_rows, np.uint64)
    of_key = _position_bits()[positions]
    if of_key.any():
        # One entry more: rows without attributes may begin behind the last one.
        of_entry = np.append(of_key[entries.key_codes], np.uint64(0))
        np.bitwise_or.reduceat(of_entry, entries.offsets[:-1], out=met)
        met[np.diff(entries.offsets) == 0] = 0
    for name, bits in _promoted_bits().items():
        column = batch.column(name) if name in batch.schema.names else None
        if column is not None and column.null_count < len(column):
            present = numbers(column.is_valid())
            met |= present.astype(np.uint64) * np.uint64(bits)
    return met
