"""Lines of text on their way to the screen."""

from __future__ import annotations

import io

import pytest
from rich.text import Text

from warehouse.cli.screen import console, print_lines


def test_lines_are_laid_out_and_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    class Screen(io.StringIO):
        def write(self, text: str) -> int:
            written.append(text)
            return len(text)

    monkeypatch.setattr("sys.stdout", Screen())
    print_lines(console(), (Text(f"{n} [b]", "bold") for n in range(3_000)))
    assert written == ["".join(f"{n} [b]\n" for n in range(3_000))]


def test_what_is_wider_than_the_screen_is_not_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines(console(), [Text("配" * 500)])
    assert capsys.readouterr().out == "配" * 500 + "\n"
