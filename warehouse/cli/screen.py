"""What verbs print: Rich tables and sentences on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.segment import Segments
from rich.table import Table
from rich.text import Text

from warehouse.amounts import count as count
from warehouse.amounts import counted as counted
from warehouse.amounts import duration as duration
from warehouse.amounts import moment as moment
from warehouse.amounts import size as size
from warehouse.cli.text import harmless as harmless
from warehouse.cli.text import one_line as one_line

_PIPE_WIDTH = 160
_WIDE = 120
"""Columns of a terminal from which on tables of many columns can be read."""


class _Screen(Console):
    def print(self, *objects: Any, **options: Any) -> None:
        """Names of files and services may hold what steers a terminal."""
        super().print(*(harmless(o) if isinstance(o, str) else o for o in objects), **options)

    def on_broken_pipe(self) -> None:
        """Let the door decide: Rich would end the process as if a check had failed."""
        raise BrokenPipeError


def console() -> Console:
    """Stdout. Without a terminal lines may be wider, so that nothing is cut off."""
    return _Screen() if sys.stdout.isatty() else _Screen(width=_PIPE_WIDTH, soft_wrap=True)


def print_lines(screen: Console, lines: Iterable[Text]) -> None:
    """All lines at once: laying out and writing each by itself takes three times as long."""
    rendered = (segment for line in lines for segment in line.render(screen, end="\n"))
    screen.print(Segments(rendered), end="", crop=False)


def looked_at(dates: int | None) -> str:
    """On how many dates checks looked, as the end of a sentence about them."""
    return "" if dates is None else f", on {counted(dates, 'date')} that changed"


def print_json(value: Any) -> None:
    print(json.dumps(value))


def table(
    title: str | None, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[int] = ()
) -> Table:
    """A table; the columns numbered in `right` are aligned to the right. Cells may hold anything."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for number, name in enumerate(columns):
        made.add_column(escape(name), justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(escape("" if cell is None else harmless(str(cell))) for cell in row))
    return made


def print_wide(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[int]
) -> None:
    """A table of many columns; on a narrow terminal the first cell of each row and a line of the others."""
    screen = console()
    if screen.width >= _WIDE:
        screen.print(table(title, columns, rows, right))
        return
    screen.print(Text(title, "bold"))
    for first, *others in rows:
        told = (f"{name}: {cell}" for name, cell in zip(columns[1:], others, strict=True) if cell != "")
        screen.print(Text(harmless(str(first))))
        screen.print(Padding(Text(harmless(", ".join(told))), (0, 0, 0, 2)))


Amounts = Callable[[int, int], None]
"""Called with what is done and what there is in all."""


def byte_progress(label: str, quiet: bool) -> AbstractContextManager[Amounts | None]:
    """A bar of bytes on stderr when that is a terminal; gives the function that moves it."""
    return _bar(label, quiet, DownloadColumn())


def item_progress(label: str, quiet: bool) -> AbstractContextManager[Amounts | None]:
    """A bar of counted things on stderr when that is a terminal; gives the function that moves it."""
    return _bar(label, quiet, MofNCompleteColumn())


@contextmanager
def _bar(label: str, quiet: bool, amount: ProgressColumn) -> Iterator[Amounts | None]:
    if quiet or not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn(label), BarColumn(), amount, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def step_progress(label: str, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar of named steps on stderr when that is a terminal; yields the function that moves it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn(label), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda step, done, total: bar.update(task, description=step, completed=done, total=total)
