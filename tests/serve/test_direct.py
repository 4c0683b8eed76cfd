"""OTLP files asked directly: every lake table, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from warehouse.errors import WarehouseError
from warehouse.schemas.registry import TABLES
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


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError), otlp_files([tmp_path / "none.jsonl"]):
        raise AssertionError("there is nothing to ask")


def test_the_command_asks_files(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("otlp-warehouse")), "sql", "--json"]
    command += ["--from", str(EXAMPLES / "logs.pb"), "select count(*) as n from log_records"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, '[{"n": 82}]'), done.stderr
