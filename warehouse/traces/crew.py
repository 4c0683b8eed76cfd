"""Who carries out the runs of units of an assembly: threads here, Spark's executors in `warehouse.spark`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from warehouse.telemetry import carried

Item = TypeVar("Item")
Result = TypeVar("Result")


class Crew(Protocol):
    """Workers for pieces of work that do not depend on each other."""

    @property
    def runs(self) -> int:
        """Into how many contiguous runs units are cut."""

    @property
    def shares_memory(self) -> bool:
        """Whether what one piece of work keeps in memory is there for the next."""

    def each(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """What `work` gives for each item, in their order."""

    def each_date(self, work: Callable[[Item], Result], days: Sequence[Item]) -> Iterator[Result]:
        """The same for work that takes up to a gigabyte an item."""


class Threads:
    """Threads of this process: reading, computing and writing release the GIL."""

    shares_memory = True

    def __init__(self, workers: int) -> None:
        self._workers = workers

    @property
    def runs(self) -> int:
        return self._workers

    def each(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        if self._workers == 1:
            # Each thread keeps memory of its own.
            yield from map(work, items)
            return
        with ThreadPoolExecutor(self._workers) as pool:
            try:
                yield from pool.map(carried(work), items)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def each_date(self, work: Callable[[Item], Result], days: Sequence[Item]) -> Iterator[Result]:
        return map(work, days)
