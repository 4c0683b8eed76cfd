"""A lake whose files a stock Delta writer merged goes on as if nobody had touched it."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction
from otlp_lines import mixed_lines

sys.path.append(str(Path(__file__).parents[1] / "traces"))

from arriving_traces import arrivals
from assembled_content import accounts, content, digests

from warehouse.errors import WarehouseError
from warehouse.lake.assembly_commit import ASSEMBLED_TABLES, LANDING_TABLES
from warehouse.lake.compaction_plan import held_files
from warehouse.lake.ingest import ingest
from warehouse.lake.optimize import optimize
from warehouse.schemas.registry import TABLES
from warehouse.traces import assemble as assembling
from warehouse.traces.assemble import assemble


def _statistics(rows: pa.Table) -> str:
    told = {"numRecords": rows.num_rows, "minValues": {}, "maxValues": {}}
    if "trace_id" in rows.column_names:
        told["minValues"] = {"trace_id": pc.min(rows["trace_id"]).as_py()}
        told["maxValues"] = {"trace_id": pc.max(rows["trace_id"]).as_py()}
    return json.dumps(told)


def _merge_as_spark_does(lake: Path, name: str, *, tells: bool = True) -> int:
    """One file for each partition, in no order, with statistics or without; every column may be null."""
    table, merged = DeltaTable(lake / name), defaultdict(list)
    for file in held_files(lake / name, table):
        merged[tuple(sorted(file.data.partition.items()))].append(file.data)
    added, removed = [], []
    for number, (partition, files) in enumerate(merged.items()):
        rows = pa.concat_tables([pq.ParquetFile(lake / name / f.path).read() for f in files])
        nullable = pa.schema([field.with_nullable(True) for field in rows.schema])
        path = Path(files[0].path).parent / f"part-{number:05d}-merged.snappy.parquet"
        pq.write_table(rows.cast(nullable), lake / name / path)
        size = (lake / name / path).stat().st_size
        told = _statistics(rows) if tells else "{}"
        added.append(AddAction(str(path), size, dict(partition), 0, False, told))
        removed += [RemoveAction(f.path, False, 0, True, dict(f.partition)) for f in files]
    if added:
        table.create_write_transaction([*added, *removed], mode="append", schema=table.schema())
    return len(removed)


def test_a_lake_goes_on_when_a_stock_writer_merged_its_files(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"{n}").write_text(mixed_lines(n * 15, 20) + '{"broken"\n')
    lake = tmp_path / "lake"
    for n in range(2):
        ingest([tmp_path / f"{n}"], lake)
        if n == 0:
            assemble(lake, settle=True)
    untouched = Path(shutil.copytree(lake, tmp_path / "untouched"))
    kept = (*ASSEMBLED_TABLES, *LANDING_TABLES)
    merged = {name: _merge_as_spark_does(lake, name) for name in TABLES if name not in kept}
    assert merged["ingest_files"] == merged["log_records"] == 2
    for here in (untouched, lake):
        assert ingest([tmp_path / "0", tmp_path / "2"], here).skipped == 1
        assemble(here, settle=True)
    assert content(lake) == content(untouched)
    optimize(lake)
    assert content(lake) == content(untouched)


def test_assembly_refuses_what_it_would_double(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    for n in range(2):
        (tmp_path / f"{n}").write_text(mixed_lines(n * 15, 20))
        ingest([tmp_path / f"{n}"], lake)
        untouched = Path(shutil.copytree(lake, tmp_path / f"before-{n}"))
        if n == 0:
            assemble(lake, settle=True)
    version = DeltaTable(lake / "spans").version()
    assert _merge_as_spark_does(lake, "spans") == 1
    told = f"restore table delta.`{lake / 'spans'}` to version as of {version}"
    with pytest.raises(WarehouseError, match=re.escape(told)):
        assemble(lake, settle=True)
    DeltaTable(lake / "spans").restore(version)
    for here in (untouched, lake):
        assemble(here, settle=True)
    assert content(lake) == content(untouched)


@pytest.mark.parametrize("tells", [True, False])
def test_landing_files_that_a_stock_writer_merged_are_taken(tmp_path: Path, tells: bool) -> None:
    """Before the next batch they are refused; after it they are the largest that landed."""
    made, lake = arrivals(4, 300), tmp_path / "lake"
    share = len(made.spans) // 16
    for n in range(16):
        (tmp_path / f"{n}").write_text(made.lines(n * share, None if n == 15 else (n + 1) * share))
    for n in range(2):
        ingest([tmp_path / f"{n}"], lake)
    untouched = Path(shutil.copytree(lake, tmp_path / "untouched"))
    for name in LANDING_TABLES:
        assert _merge_as_spark_does(lake, name, tells=tells) > 1
    with pytest.raises(WarehouseError, match=r"restore table delta.*spans_landing"):
        assemble(lake, settle=True)
    for here in (untouched, lake):
        for n in range(2, 16):
            ingest([tmp_path / f"{n}"], here)
        assemble(here, settle=True, unit_rows=300)
    assert digests(lake) == digests(untouched)
    found, held = accounts(lake)
    assert found == held
    assert DeltaTable(lake / "spans_landing").file_uris() == []


def test_files_merged_while_an_assembly_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is committed, and the next run takes what lies there by then."""
    lake, save = tmp_path / "lake", assembling.save_changes
    for n in range(2):
        (tmp_path / f"{n}").write_text(mixed_lines(n * 15, 20))
        ingest([tmp_path / f"{n}"], lake)
    untouched = Path(shutil.copytree(lake, tmp_path / "untouched"))

    def save_late(where: Path, *rest: Any) -> None:
        save(where, *rest)
        _merge_as_spark_does(where, "spans_landing")

    monkeypatch.setattr(assembling, "save_changes", save_late)
    version = DeltaTable(lake / "spans_landing").version()
    with pytest.raises(WarehouseError, match=r"Another Delta writer replaced files of .*spans_landing"):
        assemble(lake, settle=True)
    monkeypatch.undo()
    DeltaTable(lake / "spans_landing").restore(version)
    for here in (untouched, lake):
        assemble(here, settle=True)
    assert content(lake) == content(untouched)
