"""Official requests written as OTLP/JSON in the dialects that exporters write."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

_IDS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}
_INTEGERS = {"intValue", "asInt", "timeUnixNano", "startTimeUnixNano", "count", "bucketCounts", "zeroCount"}


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def write(message: Message, dialect: random.Random) -> bytes:
    """One JSON text of the message; `dialect` decides what writers are free to choose.

    Hex ids of either case or base64 (where that cannot be mistaken for hex), enums as names or numbers, int64
    as strings or numbers, keys in lowerCamelCase or snake_case and in any order, unknown members, spaces.
    """
    value = MessageToDict(message, use_integers_for_enums=dialect.random() < 0.5)
    choices = {
        "base64": dialect.random() < 0.2,
        "upper": dialect.random() < 0.2,
        "snake": dialect.random() < 0.2,
        "numbers": dialect.random() < 0.3,
        "unknown": dialect.random() < 0.2,
        "shuffled": dialect.random() < 0.3,
    }
    separators = dialect.choice([(",", ":"), (", ", ": "), (" ,\t", " :")])
    text = json.dumps(
        _dialect(value, choices, dialect),
        separators=separators,
        ensure_ascii=dialect.random() < 0.5,
    )
    return text.encode("utf-8")


def _dialect(value: Any, choices: dict[str, bool], dialect: random.Random) -> Any:
    if isinstance(value, list):
        return [_dialect(v, choices, dialect) for v in value]
    if not isinstance(value, dict):
        return value
    members = list(value.items())
    if choices["shuffled"]:
        dialect.shuffle(members)
    out = {}
    for name, member in members:
        if name in _IDS:
            member = _id(base64.b64decode(member), _IDS[name], choices)
        elif name in _INTEGERS and choices["numbers"]:
            member = [int(m) for m in member] if isinstance(member, list) else int(member)
        else:
            member = _dialect(member, choices, dialect)
        out[_snake(name) if choices["snake"] else name] = member
    if choices["unknown"] and out:
        out["notOfOtlp"] = {"a": [None, True, -1.5e-3, "\\", {}]}
        out["nothing"] = None
    return out


def _id(raw: bytes, size: int, choices: dict[str, bool]) -> str:
    if choices["base64"] and len(raw) == size:
        return base64.b64encode(raw).decode()
    return raw.hex().upper() if choices["upper"] else raw.hex()
