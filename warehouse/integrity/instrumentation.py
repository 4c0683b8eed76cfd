"""TYPE, severity info: what instrumentations write in a form that the semantic conventions left behind.

A deprecated key stands on every span of an instrumentation, so it is told once per date, service, scope and
key, with the number of spans and the earliest of them as the example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.integrity.columns import Numbers, arrow, codes, encoded, flat, numbers
from warehouse.integrity.conventions import attributes, positions
from warehouse.integrity.deprecations import instead, state
from warehouse.integrity.entries import Entries
from warehouse.integrity.habits import Example, Habit, Habits, Told, occurrences
from warehouse.integrity.rendering import render_violations
from warehouse.schemas.arrow import text_array
from warehouse.schemas.parquet import open_parquet
from warehouse.schemas.promoted import promoted_in

_PLACE = ("trace_start_unix_nano", "trace_id", "start_time_unix_nano", "span_id", "resource_key")
"""What tells the earliest span, in the order of the rows of assembled files, and its resource."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """Rows of a batch that show something about an attribute, and its values where they matter."""

    finding: str
    rows: Numbers
    positions: Numbers
    values: pa.Array | None = None


def convention_violations(
    event_date: date,
    spans: Sequence[str],
    scopes: Sequence[str],
    resources: Sequence[str],
    known: Mapping[str, Habits],
) -> pa.Table:
    """Rows of `integrity_violations` for what the instrumentations of one date write out of date.

    `spans` lists the date's files of assembled spans, `scopes` and `resources` those of the whole tables, for
    names and schema URLs. `known` are the habits of files that need not be read. A row group of spans is in
    memory at a time.
    """
    habits = Habits()
    for file in spans:
        habits.merge(known[file] if file in known else _of_file(file))
    return violations_of_habits(event_date, list(habits), scopes, resources)


def violations_of_habits(
    event_date: date, told: list[Told], scopes: Sequence[str], resources: Sequence[str]
) -> pa.Table:
    """Rows of `integrity_violations` by habits; see `convention_violations`."""
    scope_of = _rows_by_key(scopes, "scope_key", ("name", "schema_url"), [h.scope_key for h, _, _ in told])
    resource_of = _rows_by_key(resources, "resource_key", ("schema_url",), [e.resource_key for *_, e in told])
    texts = [_texts(event_date, *found, scope_of.get(found[0].scope_key, {}), resource_of) for found in told]
    return render_violations(_FINDINGS.empty_table() if not texts else pa.Table.from_pylist(texts, _FINDINGS))


_FINDINGS = pa.schema(
    [
        ("event_date", pa.date32()),
        *((name, pa.string()) for name in ("finding", "trace_id", "span_id")),
        *((name, pa.int64()) for name in ("resource_key", "value")),
        *(
            (n, pa.string())
            for n in ("service", "scope", "attribute", "state", "instead", "found", "expected")
        ),
    ]
)


def _texts(
    event_date: date,
    habit: Habit,
    count: int,
    example: Example,
    scope: dict[str, str | None],
    resource_of: dict[int, dict[str, str | None]],
) -> dict[str, object]:
    attribute = attributes()[habit.position]
    schema = scope.get("schema_url") or resource_of.get(example.resource_key, {}).get("schema_url")
    return {
        "event_date": event_date,
        "finding": habit.finding,
        "trace_id": example.trace_id,
        "span_id": example.span_id,
        "resource_key": example.resource_key,
        "value": count,
        "service": habit.service,
        "scope": scope.get("name") or "An unnamed scope",
        "attribute": attribute.key,
        "state": state(attribute, schema),
        "instead": instead(attribute),
        "found": example.value,
        "expected": ", ".join(attribute.members),
    }


def _rows_by_key(
    files: Sequence[str], key: str, columns: Sequence[str], wanted: list[int]
) -> dict[int, dict[str, str | None]]:
    """Some columns of the rows with these keys."""
    asked = pa.array(sorted(set(wanted)), pa.int64())
    found: dict[int, dict[str, str | None]] = {}
    for file in files if wanted else ():
        rows = open_parquet(file).read([key, *columns])
        for row in rows.filter(pc.is_in(rows.column(key), asked)).to_pylist():
            found[row.pop(key)] = row
    return found


@cache
def closed() -> dict[str, int]:
    """Attributes with a closed set of members and their positions."""
    return {a.key: at for at, a in enumerate(attributes()) if a.members and not a.is_deprecated}


@cache
def _closed_columns() -> dict[str, int]:
    return _columns_of(closed())


@cache
def _old_columns() -> dict[str, int]:
    return _columns_of({a.key: at for at, a in enumerate(attributes()) if a.is_deprecated})


def _columns_of(asked: Mapping[str, int]) -> dict[str, int]:
    """Columns of spans that hold these attributes, and their positions."""
    return {p.column.name: asked[p.key] for p in promoted_in("spans") if p.key in asked}


@cache
def _is_deprecated() -> Numbers:
    """By position; the last entry is for unknown keys."""
    return np.array([*(a.is_deprecated for a in attributes()), False])


_LIGHT = ("service_name", "scope_key")


def _light() -> list[str]:
    """Columns that all rows are asked for."""
    return [*_LIGHT, *_closed_columns(), *_old_columns()]


class _Rows:
    """Some rows of assembled spans in their order. Columns that few of them need are read when they do.

    `light` holds the columns that all of them need: of the map the keys, for values are most of its bytes.
    """

    def __init__(self, light: pa.Table, read: Callable[[list[str]], pa.Table]) -> None:
        self._read = read
        self.columns = {name: light.column(name).combine_chunks() for name in light.column_names}
        self.entries = Entries.of(self.columns["attributes"])

    @classmethod
    def of_group(cls, reader: pq.ParquetFile, number: int) -> Self:
        """A row group of a file."""

        def read(columns: list[str]) -> pa.Table:
            return reader.read_row_group(number, columns=columns, use_threads=False)

        return cls(read([*_light(), "attributes.key_value.key"]), read)

    @classmethod
    def of_table(cls, rows: pa.Table) -> Self:
        """Rows with every column."""
        return cls(rows.select([*_light(), "attributes"]), rows.select)

    def held(self, columns: Mapping[str, int]) -> Iterator[tuple[pa.Array, int]]:
        """Those of the columns that have values, with what stands beside their names."""
        for name, position in columns.items():
            # A file may be older than the attribute's declaration.
            column = self.columns.get(name)
            if column is not None and column.null_count < len(column):
                yield column, position

    @cached_property
    def values(self) -> Entries:
        """The entries of the map with their values."""
        return Entries.of(self._read(["attributes"]).column("attributes").combine_chunks())

    @cached_property
    def writers(self) -> tuple[Numbers, list[str | None], list[int]]:
        """Who wrote each row, as service times the number of scopes plus scope, and both by number."""
        service, scope = (encoded(self.columns[name]) for name in _LIGHT)
        names, scopes = [*service.dictionary.to_pylist(), None], scope.dictionary.to_pylist()
        return codes(service, len(names) - 1).astype(np.int64) * len(scopes) + codes(scope), names, scopes

    @cached_property
    def _places(self) -> pa.Table:
        return self._read(list(_PLACE))

    def example(self, row: int, value: str) -> Example:
        place = self._places.slice(row, 1).to_pylist()[0]
        start = place["trace_start_unix_nano"]
        return Example(
            -1 if start is None else start,
            place["trace_id"],
            place["start_time_unix_nano"],
            place["span_id"],
            place["resource_key"],
            value,
        )


def _of_file(file: str) -> Habits:
    """Habits of a file. Its rows ascend, so the first row that shows a habit is the example."""
    found = Habits()
    with open_parquet(file, read_dictionary=["attributes.key_value.key", "service_name"]) as reader:
        for number in range(reader.num_row_groups):
            _add(found, _Rows.of_group(reader, number))
    return found


def add_habits(found: Habits, spans: pa.Table) -> None:
    """Add the habits that assembled spans show, which come in the order of their file."""
    _add(found, _Rows.of_table(spans))


def _add(found: Habits, rows: _Rows) -> None:
    for shown in (*_old_keys(rows), *_unknown_members(rows)):
        if not len(shown.rows):
            continue
        writer, names, scopes = rows.writers
        ids, first, counts = occurrences(writer[shown.rows] * len(attributes()) + shown.positions)
        for number, at, count in zip(ids.tolist(), first.tolist(), counts.tolist(), strict=True):
            pair, position = divmod(number, len(attributes()))
            by_service, by_scope = divmod(pair, len(scopes))
            habit = Habit(shown.finding, names[by_service], scopes[by_scope], position)
            value = "" if shown.values is None else shown.values[at].as_py()
            found.add(habit, count, None if habit in found else rows.example(int(shown.rows[at]), value))


def _old_keys(rows: _Rows) -> Iterator[_Shown]:
    """Deprecated keys: of the map, and those that have a column."""
    entries = rows.entries
    places = positions(entries.keys)
    is_old = _is_deprecated()[places]
    if is_old.any():
        found = np.flatnonzero(is_old[entries.key_codes])
        yield _Shown("deprecated_attribute", entries.rows(found), places[entries.key_codes[found]])
    for column, position in rows.held(_old_columns()):
        at = np.flatnonzero(numbers(column.is_valid()))
        yield _Shown("deprecated_attribute", at, np.full(len(at), position))


def _unknown_members(rows: _Rows) -> Iterator[_Shown]:
    """Values of closed enumerations that are no members: in promoted columns and in the map."""
    for column, position in rows.held(_closed_columns()):
        values = encoded(column)
        strange = np.append(_strange(values.dictionary, position), False)
        at = np.flatnonzero(strange[codes(values, len(strange) - 1)])
        yield _Shown("unknown_enum_member", at, np.full(len(at), position), flat(values.take(arrow(at))))
    for key, position in closed().items():
        if len(held := rows.entries.positions_of((key,))):
            found = rows.values.values.take(arrow(held))
            strange = np.flatnonzero(_strange(found, position))
            at = rows.entries.rows(held[strange])
            yield _Shown("unknown_enum_member", at, np.full(len(at), position), found.take(arrow(strange)))


def _strange(values: pa.Array, position: int) -> Numbers:
    return ~numbers(pc.is_in(values, text_array(attributes()[position].members)))
