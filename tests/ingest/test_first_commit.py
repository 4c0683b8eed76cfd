"""Tables that ingest creates are those that the Delta library would create."""

from __future__ import annotations

from pathlib import Path

from deltalake import DeltaTable

from warehouse.lake.first_commit import write_first_commit
from warehouse.schemas.delta import delta_schema
from warehouse.schemas.registry import TABLES


def _told(table: DeltaTable) -> tuple[object, ...]:
    said = table.metadata()
    of_itself = (said.name, said.description, said.partition_columns, said.configuration)
    return (table.version(), table.protocol(), table.schema(), of_itself, table.file_uris())


def test_first_commits_equal_the_librarys(tmp_path: Path) -> None:
    for name, table in TABLES.items():
        ours, theirs = tmp_path / "ours" / name, tmp_path / "theirs" / name
        write_first_commit(ours, table)
        DeltaTable.create(
            theirs,
            delta_schema(table),
            partition_by=[table.partition] if table.partition else None,
            name=table.name,
            description=table.grain,
        )
        assert _told(DeltaTable(ours)) == _told(DeltaTable(theirs)), name
        assert [p.name for p in (ours / "_delta_log").iterdir()] == ["00000000000000000000.json"]


def test_a_table_that_is_there_stays(tmp_path: Path) -> None:
    write_first_commit(tmp_path / "scopes", TABLES["scopes"])
    made = DeltaTable(tmp_path / "scopes").metadata().id
    write_first_commit(tmp_path / "scopes", TABLES["scopes"])
    assert DeltaTable(tmp_path / "scopes").metadata().id == made
