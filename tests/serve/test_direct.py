"""OTLP files asked directly: every lake table, nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pytest

from warehouse.cli import main
from warehouse.errors import WarehouseError
from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import INGEST_TABLES, LEDGER
from warehouse.schemas.registry import TABLES
from warehouse.serve import lake_views
from warehouse.serve.direct import otlp_files

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"


def test_every_lake_table_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with otlp_files([EXAMPLES / "traces", EXAMPLES / "metrics.pb"]) as con:
        counts = {name: con.table(name).shape[0] for name in TABLES}
        (orphans,) = con.sql(
            "select count(*) from spans anti join spans as parents "
            "on spans.trace_id = parents.trace_id and spans.parent_span_id = parents.span_id "
            "where spans.parent_span_id is not null"
        ).fetchone() or (None,)
    assert counts["spans"] == counts["spans_landing"] == 3512
    assert counts["exemplars"] == 2207
    assert orphans is not None
    assert list(tmp_path.iterdir()) == []


def test_files_hold_what_a_lake_of_them_would(tmp_path: Path) -> None:
    """In several files and batches, so that entities meet again."""
    sources = [EXAMPLES, EXAMPLES.parents[1] / "tests" / "data"]
    ingest(sources, tmp_path / "lake")
    lake = duckdb.connect()
    lake_views.create(lake, tmp_path / "lake", snapshot(tmp_path / "lake"))
    with otlp_files(sources, workers=2) as con:
        for name in (*INGEST_TABLES, LEDGER):
            names = [c.name for c in TABLES[name].columns if c.name != "ingested_at_unix_nano"]
            order = ", ".join(TABLES[name].key)
            rows = f'select {", ".join(names)} from {{}}."{name}" order by {order or "all"}'
            found, wanted = con.sql(rows.format("main")), lake.sql(rows.format("lake"))
            assert found.types == wanted.types, name
            assert sorted(found.fetchall(), key=repr) == sorted(wanted.fetchall(), key=repr), name


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError), otlp_files([tmp_path / "none.jsonl"]):
        raise AssertionError("there is nothing to ask")


def test_the_command_asks_files(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("otlp-warehouse")), "sql", "--json"]
    command += ["--from", str(EXAMPLES / "logs.pb"), "select count(*) as n from log_records"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, '[{"n": 82}]'), done.stderr


def test_what_is_not_read_of_the_files_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("no telemetry")
    for source, told in (
        (tmp_path, "1 reject: `select path, reason, detail from rejects` says of what.\n"),
        (EXAMPLES / "logs.pb", ""),
    ):
        assert main.run(["sql", "--from", str(source), "--json", "select count(*) as n from spans"]) == 0
        shown = capsys.readouterr()
        assert (json.loads(shown.out), shown.err) == ([{"n": 0}], told)
