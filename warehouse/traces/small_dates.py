"""Dates of which every unit wrote a few rows: their files are joined before readers see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from warehouse.lake.assembly_commit import ASSEMBLED_TABLES, TableChange
from warehouse.lake.commit import DataFile
from warehouse.lake.compaction import compact
from warehouse.lake.compaction_plan import Group, HeldFile
from warehouse.schemas.parquet import PartFile
from warehouse.stores.places import Place
from warehouse.traces.plan import AssemblyPlan


@dataclass(frozen=True, slots=True)
class Joined:
    """Changes with fewer files, and the files that nothing names any more."""

    changes: dict[str, TableChange]
    superfluous: tuple[Place, ...]


def with_small_dates_joined(lake: Place, plan: AssemblyPlan, changes: Mapping[str, TableChange]) -> Joined:
    """Changes in which neighbouring ranges that together hold no more than a unit are one file a table."""
    limit = max((unit.rows for unit in plan.units), default=0)
    rows: dict[tuple[str, str], list[int]] = {}
    for part in changes["spans"].added:
        rows.setdefault(_range(part), []).append(part.rows)
    small = {key for key, counts in rows.items() if len(counts) > 1 and sum(counts) <= limit}
    done = dict(changes)
    superfluous: list[Place] = []
    for table in ASSEMBLED_TABLES:
        found: dict[tuple[str, str], list[PartFile]] = {}
        for part in changes[table].added:
            found.setdefault(_range(part), []).append(part)
        kept = [part for key, parts in found.items() if key not in small or len(parts) == 1 for part in parts]
        join = [parts for key, parts in sorted(found.items()) if key in small and len(parts) > 1]
        groups = [Group(table, n, tuple(map(_held, parts))) for n, parts in enumerate(join)]
        joined = tuple(compact(lake, group, plan.number) for group in groups)
        done[table] = replace(changes[table], added=(*kept, *joined))
        superfluous += [lake / table / part.path for parts in join for part in parts]
    return Joined(done, tuple(superfluous))


def remove(files: Sequence[Place]) -> None:
    """Remove files that no recorded change names."""
    for file in files:
        file.unlink(missing_ok=True)


def _range(part: PartFile) -> tuple[str, str]:
    """The date of a file, and which of its runs of rewritten ranges: the end of its name tells."""
    return part.partition["event_date"], part.path.rpartition("-")[2]


def _held(part: PartFile) -> HeldFile:
    return HeldFile(DataFile(part.path, part.size, part.partition), part.rows, True, "", None)
