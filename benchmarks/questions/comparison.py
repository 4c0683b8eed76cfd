"""Whether two contenders gave the same answer, as far as their engines can."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

Rows = list[list[Any]]
TOLERANCE = 0.011
"""Of quantiles: both sides estimate them within about half of that."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,9}))?")
_LEFT_OUT = {"top_exceptions": 4}
"""Place of the column of ours that the others do not have: an example of a trace."""
_ONLY_PLACES = {"slowest_operations": 6}
"""Where estimates order the rows, the value of each place is compared, not who has it."""


def plain(value: Any) -> Any:
    """A value as both engines may give it: times of microseconds as text, numbers as numbers."""
    match value:
        case bool():
            return int(value)
        case Decimal():
            return float(value)
        case dt.datetime():
            return value.isoformat(" ", "microseconds")
        case dt.date():
            return value.isoformat()
        case list():
            return [plain(v) for v in value]
        case str() if found := _TIME.fullmatch(value):
            return f"{found[1]}.{(found[2] or '')[:6]:0<6}"
        case _:
            return value


def agree(left: Any, right: Any) -> bool:
    """Whether two values of one column say the same."""
    left, right = plain(left), plain(right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        exact = isinstance(left, int) and isinstance(right, int)
        return left == right if exact else abs(left - right) <= TOLERANCE * max(abs(left), abs(right))
    return bool(left == right)


def difference(name: str, ours: Rows, theirs: Rows) -> str | None:
    """The first difference of two answers to a question in words, null when there is none."""
    if len(ours) != len(theirs):
        return f"{len(ours)} rows against {len(theirs)}"
    left_out = _LEFT_OUT.get(name)
    for place, (left, right) in enumerate(zip(ours, theirs, strict=True)):
        left = [v for n, v in enumerate(left) if n != left_out]
        if name in _ONLY_PLACES:
            left, right = [left[_ONLY_PLACES[name]]], [right[_ONLY_PLACES[name]]]
        if len(left) != len(right) or not all(agree(*pair) for pair in zip(left, right, strict=True)):
            return f"row {place}: {left} against {right}"
    return None
