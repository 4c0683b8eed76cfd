"""Tables compared as multisets of rows, field by field."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]
Frozen = tuple[tuple[str, Any], ...]
_NO = "no column"


def frozen(value: Any) -> Any:
    """A hashable stand-in: NaN equals NaN, -0.0 differs from 0.0, 1 differs from 1.0 and from True."""
    if isinstance(value, float):
        return ("double", "NaN" if math.isnan(value) else repr(value))
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, Mapping):
        return tuple(sorted((k, frozen(v)) for k, v in value.items()))
    if isinstance(value, list | tuple):
        return tuple(frozen(v) for v in value)
    return value


def frozen_row(row: Row, leave_out: Iterable[str] = ()) -> Frozen:
    return tuple(sorted((k, frozen(v)) for k, v in row.items() if k not in leave_out))


def differences(
    got: Mapping[str, list[Row]],
    wanted: Mapping[str, list[Row]],
    leave_out: Iterable[str] = (),
    limit: int = 3,
) -> list[str]:
    """Sentences about the rows that only one side has; empty when all tables are equal."""
    out: list[str] = []
    for table in sorted(got.keys() | wanted.keys()):
        ours = Counter(frozen_row(r, leave_out) for r in got.get(table, []))
        theirs = Counter(frozen_row(r, leave_out) for r in wanted.get(table, []))
        extra, missing = list((ours - theirs).elements()), list((theirs - ours).elements())
        if extra or missing:
            out.append(f"{table}: {len(extra)} unexpected rows, {len(missing)} missing rows")
            out.extend(_pairs(extra, missing, limit))
    return out


def _pairs(extra: list[Frozen], missing: list[Frozen], limit: int) -> list[str]:
    """Unexpected rows beside the missing row that is nearest to them, with the fields that differ."""
    said = []
    for row in extra[:limit]:
        fields = dict(row)
        near = min(missing, key=lambda m: _distance(fields, dict(m)), default=None)
        if near is None:
            said.append(f"  unexpected {fields}")
            continue
        other = dict(near)
        said.extend(
            f"  {name}: got {fields.get(name, _NO)!r:.300}, wanted {other.get(name, _NO)!r:.300}"
            for name in sorted(fields.keys() | other.keys())
            if fields.get(name, _NO) != other.get(name, _NO)
        )
    if not extra:
        said.extend(f"  missing {dict(row)}"[:600] for row in missing[:limit])
    return said


def _distance(left: dict[str, Any], right: dict[str, Any]) -> int:
    return sum(left.get(k, _NO) != right.get(k, _NO) for k in left.keys() | right.keys())
