"""Corpus files that the oracle cannot read, with the reason. The list only shrinks."""

from __future__ import annotations

UNREADABLE: dict[str, str] = {}
