"""Compaction: fewer files, the same rows, whatever interrupts it, and assembly goes on from there."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from arriving_traces import arrivals
from assembled_content import content
from deltalake import DeltaTable, TableFeatures
from killing import killed_at_commit
from otlp_lines import mixed_lines, trace_line
from whole_lake import file_counts, rows

from warehouse.errors import WarehouseError
from warehouse.lake import compaction
from warehouse.lake.assembly_commit import ASSEMBLED_TABLES, DATE_JUDGMENT
from warehouse.lake.compaction_plan import held_files, plan_compaction
from warehouse.lake.ingest import ingest
from warehouse.lake.lock import assembly_lock
from warehouse.lake.optimize import OPTIMIZED_TABLES, optimize
from warehouse.lake.row_order import settled_order
from warehouse.lake.snapshot import snapshot
from warehouse.lake.vacuum import vacuum
from warehouse.schemas import layout
from warehouse.schemas.model import Table
from warehouse.schemas.registry import TABLES
from warehouse.traces.assemble import assemble

OPTIMIZE_AND_DIE = killed_at_commit(
    "warehouse.lake.optimize", "from warehouse.lake.optimize import optimize\noptimize(sys.argv[1])"
)
ASSEMBLE_AND_DIE = killed_at_commit(
    "warehouse.lake.assembly_commit",
    "from warehouse.traces.assemble import assemble\nassemble(sys.argv[1], settle=True)",
)
INGEST_AND_DIE = killed_at_commit(
    "warehouse.lake.batch_run", "from warehouse.lake.ingest import ingest\ningest([sys.argv[1]], sys.argv[2])"
)


def test_rows_stay_and_files_become_few(lake: Path) -> None:
    before, files = rows(lake), file_counts(lake)
    done = optimize(lake)
    assert rows(lake) == before
    after = file_counts(lake)
    assert files["spans"] > 3 * after["spans"]
    for name in OPTIMIZED_TABLES:
        days = {f.data.partition.get("event_date") for f in held_files(lake / name, snapshot(lake)[name])}
        judged = sum(DATE_JUDGMENT in uri for uri in snapshot(lake)[name].file_uris())
        assert after[name] == len(days) + judged or (name, after[name]) == ("integrity_violations", judged)
    for name, (replaced, written) in done.files.items():
        assert replaced - written == files[name] - after[name], name


def test_a_run_that_fails_leaves_no_file(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk may be full: what was written anew before it was would fill it for a week."""
    before = sorted(lake.rglob("*.parquet"))

    def full(table: Table, rows: pa.Table) -> object:
        if table.name == "traces":
            raise OSError(errno.ENOSPC, "No space left on device")
        return settled_order(table, rows)

    with monkeypatch.context() as patch:
        patch.setattr(compaction, "settled_order", full)
        with pytest.raises(WarehouseError, match="No space left on device"):
            optimize(lake, workers=1)
    assert sorted(lake.rglob("*.parquet")) == before
    assert optimize(lake).files


def test_a_second_run_finds_nothing(lake: Path) -> None:
    optimize(lake, most_rows=400)
    files = {name: table.version() for name, table in snapshot(lake).items()}
    again = optimize(lake, most_rows=400)
    assert (again.files, again.rows) == ({}, 0)
    assert {name: table.version() for name, table in snapshot(lake).items()} == files


def test_files_of_a_date_are_written_anew_once_it_has_settled(lake: Path, tmp_path: Path) -> None:
    """Single ones too, as assembly leaves them, with the same rows."""
    optimize(lake)
    (tmp_path / "late").write_text(arrivals(12, 40).lines())
    ingest([tmp_path / "late"], lake)
    assemble(lake, settle=True)
    spans = snapshot(lake)["spans"]
    days = sorted(part["event_date"] for part in spans.partitions())
    assert [f.data.partition["event_date"] for f in held_files(lake / "spans", spans)] == days

    def planned(age: int) -> list[str]:
        today = date.fromisoformat(days[-1]) + timedelta(age)
        groups = plan_compaction(lake, {"spans": spans}, today)
        return [group.files[0].data.partition["event_date"] for group in groups]

    _, *touched = days  # nothing came for the first date
    assert (planned(2), planned(3)) == (touched[:-1], touched)
    before = _spans_by_file(lake)
    assert optimize(lake, ["spans"]).files == {"spans": (len(touched), len(touched))}
    assert _spans_by_file(lake) == before
    assert optimize(lake, ["spans"]).files == {}


def test_row_groups_of_a_file_are_equal(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SETTLED", replace(layout.SETTLED, row_group=20))
    before = rows(lake)
    optimize(lake)
    assert rows(lake) == before
    several = 0
    for file in held_files(lake / "spans", snapshot(lake)["spans"]):
        metadata = pq.read_metadata(lake / "spans" / file.data.path)
        sizes = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
        *full, last = sizes
        assert set(full) <= {layout.settled(file.rows).row_group}
        assert max(sizes) - last < len(sizes)
        several += len(sizes) > 1
    assert several > 1


def _spans_by_file(lake: Path) -> list[list[dict[str, object]]]:
    """Rows of every file, by date."""
    files = held_files(lake / "spans", snapshot(lake)["spans"])
    found = [pq.ParquetFile(lake / "spans" / f.data.path).read() for f in files]
    return [rows.sort_by([("trace_id", "ascending"), ("span_id", "ascending")]).to_pylist() for rows in found]


def test_files_are_sorted_and_share_the_ranges_of_traces(lake: Path) -> None:
    optimize(lake, most_rows=400)
    tables = snapshot(lake)
    ranges: dict[str, list[tuple[str, str]]] = {}
    for name in ASSEMBLED_TABLES:
        for file in held_files(lake / name, tables[name]):
            if DATE_JUDGMENT in file.data.path:
                continue
            found = pq.ParquetFile(lake / name / file.data.path).read()
            assert settled_order(TABLES[name], found).tolist() == list(range(found.num_rows)), file
            if name == "spans":
                ranges.setdefault(file.data.partition["event_date"], []).append((file.low, file.high or ""))
    assert max(map(len, ranges.values())) > 1
    for bounds in ranges.values():
        bounds.sort()
        assert all(high < low for (_, high), (low, _) in pairwise(bounds))
    for name in ("traces", "span_events", "span_links"):
        for file in held_files(lake / name, tables[name]):
            lows = [low for low, _ in ranges[file.data.partition["event_date"]]][1:]
            assert sum(low <= file.low for low in lows) == sum(low <= (file.high or "") for low in lows)


def test_assembly_goes_on_from_there(lake: Path, made: Path, tmp_path: Path) -> None:
    (tmp_path / "late").write_text(arrivals(12, 40).lines() + arrivals(11, 300).lines(0, 50))
    plain = tmp_path / "plain"
    subprocess.run(["cp", "-r", made, plain], check=True)
    optimize(lake)
    for each in (lake, plain):
        ingest([tmp_path / "late"], each)
        assemble(each, settle=True, unit_rows=100)
    assert content(lake) == content(plain)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "when"), [("spans", "before"), ("spans", "after"), ("ingest_files", "before")]
)
def test_a_kill_changes_nothing_and_the_next_run_completes(lake: Path, place: str, when: str) -> None:
    before = rows(lake)
    done = subprocess.run([sys.executable, "-c", OPTIMIZE_AND_DIE, str(lake), place, when], check=False)
    assert done.returncode == -signal.SIGKILL
    assert rows(lake) == before
    optimize(lake)
    assert rows(lake) == before
    assert optimize(lake).files == {}
    assert file_counts(lake)["spans"] == len({s["event_date"] for s in snapshot(lake)["spans"].partitions()})


def test_ingest_may_run_meanwhile(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "more").write_text(mixed_lines(500, 20))
    before = len(rows(lake)["log_records"])
    other = threading.Thread(target=ingest, args=([tmp_path / "more"], lake))
    other.start()
    optimize(lake)
    other.join()
    added = len(rows(lake)["log_records"]) - before
    assert added > 0
    (tmp_path / "again").mkdir()
    ingest([tmp_path / "more"], tmp_path / "again" / "lake")
    assert added == len(rows(tmp_path / "again" / "lake")["log_records"])


def test_an_interrupted_assembly_comes_first(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "late").write_text(trace_line(900))
    ingest([tmp_path / "late"], lake)
    (lake / "_assembly" / "4").mkdir(parents=True)
    (lake / "_assembly" / "4" / "plan.json").write_text("{}")
    with pytest.raises(
        WarehouseError, match=r"An assembly of .* was interrupted: run `otlp-warehouse assemble"
    ):
        optimize(lake)


def test_an_interrupted_ingest_comes_first(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "late").write_text(mixed_lines(900, 3))
    before = rows(lake)
    command = [
        sys.executable,
        "-c",
        INGEST_AND_DIE,
        str(tmp_path / "late"),
        str(lake),
        "log_records",
        "after",
    ]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    with pytest.raises(
        WarehouseError, match=r"An ingest into .* was interrupted: run `otlp-warehouse ingest`"
    ):
        optimize(lake)
    assert rows(lake) == before


def test_other_writers_and_wrong_names_are_told(lake: Path, tmp_path: Path) -> None:
    with assembly_lock(lake), pytest.raises(WarehouseError, match="Another assemble is working"):
        optimize(lake)
    with pytest.raises(WarehouseError, match="There is no table spams to optimize: name one of spans"):
        optimize(lake, ["spams"])
    with pytest.raises(WarehouseError, match="There is no lake at"):
        optimize(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("feature", "name"),
    [
        (TableFeatures.DeletionVectors, "deletionVectors"),
        (TableFeatures.RowTracking, "rowTracking"),
        (TableFeatures.V2Checkpoint, "v2Checkpoint"),
    ],
)
def test_features_that_shut_others_out_are_refused(lake: Path, feature: TableFeatures, name: str) -> None:
    table = DeltaTable(lake / "traces")
    table.alter.add_feature(feature, allow_protocol_versions_increase=True)
    for tidy in (optimize, vacuum):
        with pytest.raises(WarehouseError, match=f"traces uses {name}, which DuckDB or delta-rs cannot read"):
            tidy(lake)


def test_files_without_statistics_get_them(lake: Path) -> None:
    """As stock writers leave them."""
    before = rows(lake)
    optimize(lake)
    table = DeltaTable(lake / "scopes")
    held = pq.read_table(lake / "scopes" / table.file_uris()[0].rpartition("/")[2])
    from deltalake.transaction import AddAction, RemoveAction

    (old,) = held_files(lake / "scopes", table)
    pq.write_table(held, lake / "scopes" / "bare.parquet")
    size = (lake / "scopes" / "bare.parquet").stat().st_size
    table.create_write_transaction(
        [AddAction("bare.parquet", size, {}, 0, True, "{}"), RemoveAction(old.data.path, True, 0)],
        mode="append",
        schema=table.schema(),
    )
    assert optimize(lake, ["scopes"]).files == {"scopes": (1, 1)}
    assert held_files(lake / "scopes", snapshot(lake)["scopes"])[0].has_statistics
    assert rows(lake) == before
