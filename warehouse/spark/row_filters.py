"""Filters that Spark pushes down, applied to Arrow rows before these go to the Java side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import datasource as ds

from warehouse.schemas.model import Table

_TYPES = ("bigint", "int", "string", "boolean", "date")
"""Doubles are left to Spark, which orders NaN otherwise than Arrow."""
_COMPARISONS: dict[type[Any], Callable[[Any, Any], Any]] = {
    ds.EqualTo: pc.equal,
    ds.GreaterThan: pc.greater,
    ds.GreaterThanOrEqual: pc.greater_equal,
    ds.LessThan: pc.less,
    ds.LessThanOrEqual: pc.less_equal,
    ds.StringStartsWith: pc.starts_with,
    ds.StringEndsWith: pc.ends_with,
    ds.StringContains: pc.match_substring,
}
_TEXT = (ds.StringStartsWith, ds.StringEndsWith, ds.StringContains)


def is_applicable(condition: ds.Filter, table: Table) -> bool:
    """Whether `matching` decides the filter exactly as Spark would."""
    inner: Any = condition.child if isinstance(condition, ds.Not) else condition
    kinds: tuple[type[Any], ...] = (*_COMPARISONS, ds.EqualNullSafe, ds.In, ds.IsNull, ds.IsNotNull)
    if not isinstance(inner, kinds) or len(inner.attribute) != 1:
        return False
    found = next((c for c in table.columns if c.name == inner.attribute[0]), None)
    if found is None or found.type not in _TYPES:
        return False
    if isinstance(inner, ds.IsNull | ds.IsNotNull):
        return True
    values = inner.value if isinstance(inner, ds.In) else [inner.value]
    return len(values) > 0 and all(v is not None for v in values)


def matching(rows: pa.Table, conditions: list[ds.Filter]) -> pa.Table:
    """The rows for which all conditions are true; null is not true."""
    for condition in conditions:
        rows = rows.filter(_mask(rows, condition))
    return rows


def _mask(rows: pa.Table, condition: Any) -> pa.ChunkedArray:
    if isinstance(condition, ds.Not):
        return pc.invert(_mask(rows, condition.child))
    column = rows.column(condition.attribute[0])
    if isinstance(condition, ds.IsNull):
        return pc.is_null(column)
    if isinstance(condition, ds.IsNotNull):
        return pc.is_valid(column)
    if isinstance(condition, ds.In):
        found = pc.is_in(column, pa.array(list(condition.value), column.type))
        return pc.if_else(pc.is_valid(column), found, pa.scalar(None, pa.bool_()))
    if isinstance(condition, _TEXT):
        return _COMPARISONS[type(condition)](column, condition.value)
    value = pa.scalar(condition.value, column.type)
    if isinstance(condition, ds.EqualNullSafe):
        return pc.fill_null(pc.equal(column, value), False)
    return _COMPARISONS[type(condition)](column, value)
