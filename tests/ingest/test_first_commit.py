"""Tables that ingest creates, and the first files in them, are those that the Delta library would make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from deltalake import DeltaTable

from warehouse.lake import commit
from warehouse.lake.commit import Run, commit_parts
from warehouse.lake.creation import create_missing
from warehouse.lake.first_commit import write_first_commit, write_first_files
from warehouse.lake.tables import data_paths, file_actions, open_table
from warehouse.schemas.arrow import file_schema
from warehouse.schemas.delta import delta_schema
from warehouse.schemas.parquet import write_part
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


def _committed(lake: Path) -> tuple[object, ...]:
    """What the library tells of a table that has its first files."""
    create_missing(lake)
    rows = file_schema(TABLES["spans_landing"]).empty_table()
    date = {"event_date": "2026-11-18"}
    parts = [
        replace(
            write_part(TABLES["spans_landing"], lake / "spans_landing", path, date, [rows]), modified_ms=7
        )
        for path in ("event_date=2026-11-18/part-1.parquet", "event_date=2026-11-18/part 2 ä.parquet")
    ]
    assert commit_parts(lake, "spans_landing", parts, Run("app", 3), metadata={"versions": "{}"}) == 1
    table = open_table(lake, "spans_landing")
    (entry,) = table.history(1)
    entry = {name: value for name, value in entry.items() if "ersion" not in name or name == "versions"}
    files = [Path(path).relative_to(lake) for path in data_paths(lake, "spans_landing", table)]
    assert all((lake / file).is_file() for file in files)
    actions = file_actions(table).to_pylist()
    return table.transaction_version("app"), actions, files, entry | {"timestamp": 0, "engineInfo": ""}


def test_first_files_are_committed_as_by_the_library(tmp_path: Path, monkeypatch) -> None:
    ours = _committed(tmp_path / "ours")
    monkeypatch.setattr(commit, "write_first_files", lambda *_: False)
    assert ours == _committed(tmp_path / "theirs")


def test_first_files_are_the_librarys_where_another_writer_was(tmp_path: Path) -> None:
    table, folder = TABLES["scopes"], tmp_path / "scopes"
    write_first_commit(folder, table)
    assert write_first_files(folder, table, (), ("app", 1), {})
    assert not write_first_files(folder, table, (), ("app", 2), {})
    assert DeltaTable(folder).transaction_version("app") == 1


def test_first_files_are_the_librarys_where_more_has_to_be_minded(tmp_path: Path) -> None:
    for name, of_table in {
        "v3": {"delta.minWriterVersion": "3"},
        "cdf": {"delta.enableChangeDataFeed": "true"},
    }.items():
        DeltaTable.create(tmp_path / name, delta_schema(TABLES["scopes"]), configuration=of_table)
        assert not write_first_files(tmp_path / name, TABLES["scopes"], (), ("app", 1), {})
        assert DeltaTable(tmp_path / name).version() == 0
