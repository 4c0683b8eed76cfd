"""Attribute values as text with a type letter, and the promotion of known keys to columns."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Entries = dict[str, tuple[str, str]]
"""Attribute key -> (type letter, text)."""

_LETTER = {
    "string_value": "s",
    "int_value": "i",
    "double_value": "d",
    "bool_value": "b",
    "bytes_value": "y",
    "array_value": "a",
    "kvlist_value": "m",
}
_PROMOTED_LETTER = {"string": "s", "int": "i", "double": "d", "boolean": "b"}


def double_text(value: float) -> str:
    """Shortest decimal that reads back as the same double: `1.0`, `1e16`, `1e-7`, `NaN`, `-Infinity`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    mantissa, mark, exponent = repr(value).partition("e")
    return mantissa + (f"e{int(exponent)}" if mark else "")


def json_text(value: object) -> str:
    """Compact JSON; only quotes, backslashes and control characters are escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _json_value(value: AnyValue) -> str:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return f'{{"stringValue":{json_text(value.string_value)}}}'
    if kind == "int_value":
        return f'{{"intValue":"{value.int_value}"}}'
    if kind == "double_value":
        number = double_text(value.double_value)
        return f'{{"doubleValue":{number if math.isfinite(value.double_value) else json_text(number)}}}'
    if kind == "bool_value":
        return f'{{"boolValue":{"true" if value.bool_value else "false"}}}'
    if kind == "bytes_value":
        return f'{{"bytesValue":"{base64.b64encode(value.bytes_value).decode()}"}}'
    if kind == "array_value":
        return f'{{"arrayValue":{_json_array(value)}}}'
    if kind == "kvlist_value":
        return f'{{"kvlistValue":{_json_map(value)}}}'
    return "{}"


def _json_array(value: AnyValue) -> str:
    return f'{{"values":[{",".join(_json_value(v) for v in value.array_value.values)}]}}'


def _json_map(value: AnyValue) -> str:
    members = (
        f'{{"key":{json_text(entry.key)},"value":{_json_value(entry.value)}}}'
        for entry in value.kvlist_value.values
    )
    return f'{{"values":[{",".join(members)}]}}'


def typed_text(value: AnyValue) -> tuple[str, str]:
    """(type letter, text) of a value; an empty value is ('n', '')."""
    kind = value.WhichOneof("value")
    if kind is None or kind not in _LETTER:
        return "n", ""
    texts = {
        "string_value": lambda: value.string_value,
        "int_value": lambda: str(value.int_value),
        "double_value": lambda: double_text(value.double_value),
        "bool_value": lambda: "true" if value.bool_value else "false",
        "bytes_value": lambda: base64.b64encode(value.bytes_value).decode(),
        "array_value": lambda: _json_array(value),
        "kvlist_value": lambda: _json_map(value),
    }
    return _LETTER[kind], texts[kind]()


def entries(attributes: Iterable[KeyValue]) -> Entries:
    """Every attribute by key; of equal keys the last wins."""
    return {a.key: typed_text(a.value) for a in attributes}


def promote(all_entries: Entries, declared: dict[str, str]) -> tuple[dict[str, object], Entries]:
    """Columns of the declared keys, and the entries that stay in the map.

    `declared` maps an attribute key to string, int, double or boolean. A value of another type stays.
    """
    columns: dict[str, object] = {name.replace(".", "_"): None for name in declared}
    rest: Entries = {}
    for name, (letter, value) in all_entries.items():
        wanted = declared.get(name)
        if wanted is None or _PROMOTED_LETTER[wanted] != letter:
            rest[name] = (letter, value)
            continue
        column = name.replace(".", "_")
        columns[column] = {
            "string": lambda v: v,
            "int": int,
            "double": lambda v: float(v.replace("Infinity", "inf")),
            "boolean": lambda v: v == "true",
        }[wanted](value)
    return columns, rest
