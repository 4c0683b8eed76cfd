"""Texts that may hold anything, such as names of files, made fit for a terminal."""

from __future__ import annotations


def harmless(text: str) -> str:
    """The text without what would steer the terminal."""
    return "\n".join(map(one_line, text.split("\n")))


def one_line(text: str) -> str:
    """The text on one line, without what would steer the terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
