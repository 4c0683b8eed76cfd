"""Query results as a Rich table or as JSON."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any, TextIO

from warehouse.cli.screen import console, count, table

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

_TABLE_ROWS = 200
_FETCHED = 10_000
_NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL")


def print_table(relation: DuckDBPyRelation) -> None:
    """The first rows, and how to get the others when there are more.

    Rows too wide for the terminal are shown one below the other, a line per column.
    """
    names, kinds = relation.columns, [str(kind) for kind in relation.types]
    fetched = relation.fetchmany(_TABLE_ROWS + 1)
    rows = [[_cell(value) for value in row] for row in fetched[:_TABLE_ROWS]]
    widths = [max(map(len, [name, *(row[n] for row in rows)])) for n, name in enumerate(names)]
    screen = console()
    if sum(widths) + 3 * len(widths) + 1 <= screen.width:
        right = [n for n, kind in enumerate(kinds) if any(word in kind for word in _NUMBERS)]
        screen.print(table(None, names, rows, right))
    else:
        for number, row in enumerate(rows, start=1):
            screen.print(table(f"Row {number}", ("column", "value"), zip(names, row, strict=True)))
    if len(fetched) > _TABLE_ROWS:
        screen.print(f"Only the first {count(_TABLE_ROWS)} rows are shown: --format csv writes all.")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, float) and 1e5 <= abs(value) < 1e15:
        return f"{value:.0f}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def write_csv(relation: DuckDBPyRelation, file: TextIO) -> None:
    """A header and all rows, values as DuckDB writes them. Null is empty."""
    writer = csv.writer(file, lineterminator="\n")
    # Not DuckDB's own writer with /dev/stdout: it opens that anew and overwrites a redirected file.
    rows = _rows(relation.query("result", "select cast(columns(*) as varchar) from result"))
    writer.writerow(relation.columns)
    writer.writerows(rows)


def write_json(relation: DuckDBPyRelation, file: TextIO) -> None:
    """An array with an object per row. What JSON has no word for (NaN, infinity) becomes null."""
    names, rows = _distinct(relation.columns), _rows(relation)
    file.write("[")
    for number, row in enumerate(rows):
        file.write(",\n" if number else "")
        json.dump({n: plain(v) for n, v in zip(names, row, strict=True)}, file, ensure_ascii=False)
    file.write("]\n")


def _rows(relation: DuckDBPyRelation) -> Iterator[tuple[Any, ...]]:
    """All rows. The first are fetched at once: a query that fails does so before anything is written."""
    first = relation.fetchmany(_FETCHED)
    rest = iter(lambda: relation.fetchmany(_FETCHED), [])
    return chain(first, chain.from_iterable(rest))


def _distinct(names: list[str]) -> list[str]:
    """Column names, repeated ones numbered as DuckDB does it."""
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        seen[name] = seen.get(name, -1) + 1
        distinct.append(f"{name}_{seen[name]}" if seen[name] else name)
    return distinct


def plain(value: Any) -> Any:
    """A value of DuckDB as one of JSON: decimals as numbers, times and others as text, bytes in hex."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        if value == value.to_integral_value():
            return int(value)
        return float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return str(value)
