"""Values as SQL text."""

from __future__ import annotations


def quoted(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"
