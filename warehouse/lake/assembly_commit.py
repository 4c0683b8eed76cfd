"""Committing an assembly: all tables and the ledger, or, after a crash, the rest of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from deltalake import DeltaTable

from warehouse.errors import WarehouseError
from warehouse.lake.commit import DataFile, Run, commit_parts, last_batch, last_run, versions_metadata
from warehouse.lake.json_files import read_json, write_json
from warehouse.lake.rearranged import refuse_replaced
from warehouse.lake.snapshot import pinned_versions
from warehouse.lake.tables import INGEST_TABLES, LEDGER, open_table, open_written
from warehouse.schemas.parquet import PartFile
from warehouse.stores.places import Place, remove_folder

ASSEMBLY_APP = "otlp-warehouse-assemble"
"""Delta application id of assembly: its transaction number on the ledger is the last complete assembly."""
ASSEMBLED_TABLES = ("spans", "span_events", "span_links", "traces", "integrity_violations")
LANDING_TABLES = ("spans_landing", "span_events_landing", "span_links_landing")
DATE_JUDGMENT = "date-"
"""How files of `integrity_violations` begin whose name tells which files of a date were judged."""
_FOLDER = "_assembly"
_ORDER = (*ASSEMBLED_TABLES, "rejects", *LANDING_TABLES)


@dataclass(frozen=True, slots=True)
class TableChange:
    """Files that a table gains and loses."""

    added: tuple[PartFile, ...] = ()
    removed: tuple[DataFile, ...] = ()

    def __add__(self, other: TableChange) -> TableChange:
        """Both changes."""
        return TableChange((*self.added, *other.added), (*self.removed, *other.removed))

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> TableChange:
        return cls(
            tuple(PartFile(**p) for p in value["added"]), tuple(DataFile(**f) for f in value["removed"])
        )


def is_assembly_planned(lake: Place) -> bool:
    """Whether an assembly was planned and not carried out to its end."""
    return (assembly_folder(lake, last_assembly(lake) + 1) / "plan.json").exists()


def last_assembly(lake: Place, ledger: DeltaTable | None = None) -> int:
    """Number of the last complete assembly; 0 when there is none."""
    return last_run(ledger or open_written(lake, LEDGER), ASSEMBLY_APP)


def assembly_folder(lake: Place, number: int) -> Place:
    """`<lake>/_assembly/<number>/`: the plan, the finished units, and at last the changes to commit."""
    return lake / _FOLDER / str(number)


def save_changes(lake: Place, number: int, changes: dict[str, TableChange]) -> None:
    """Record what an assembly is about to commit: from here on any writer can finish it."""
    value = {name: asdict(change) for name, change in changes.items()}
    write_json(assembly_folder(lake, number) / "changes.json", value)


def finish_assembly_commit(lake: Place, ledger: DeltaTable | None = None) -> int | None:
    """Commit what an assembly has recorded and not committed yet; its number, None when nothing was done.

    One commit per table, landing files leave last, then the ledger makes all visible. Needs the commit lock.
    Nothing is done while an interrupted ingest waits for its completion: the versions pinned here would show
    the part of its batch that is already committed. `ledger` is its newest version, where the caller has
    opened it already.
    """
    number = last_assembly(lake, ledger) + 1
    folder = assembly_folder(lake, number)
    value = read_json(folder / "changes.json")
    if value is None or is_half_committed(lake):
        return None
    run, changes = Run(ASSEMBLY_APP, number), {name: TableChange.from_json(v) for name, v in value.items()}
    tables = {name: open_table(lake, name) for name in changes}
    if not any(run.is_in(table) for table in tables.values()):
        try:
            for name, change in changes.items():
                refuse_replaced(lake / name, tables[name], (f.path for f in change.removed))
        except WarehouseError:
            remove_folder(folder)  # nothing is committed yet, and another plan takes what lies there now
            raise
    versions = pinned_versions(lake)
    for name in _ORDER:
        change = changes.get(name, TableChange())
        versions[name] = commit_parts(lake, name, change.added, run, removed=change.removed)
    commit_parts(lake, LEDGER, (), run, metadata=versions_metadata(versions))
    remove_folder(folder)
    return number


def is_half_committed(lake: Place) -> bool:
    """Whether an ingest was killed between its commits."""
    complete = last_batch(open_written(lake, LEDGER))
    return any(last_batch(open_written(lake, name)) > complete for name in INGEST_TABLES)
