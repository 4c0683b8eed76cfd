"""Files of the corpus that hold no OTLP records are accounted for by a reject with its reason."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from lake_rows import column

from warehouse.lake.ingest import ingest

CORPORA = Path(os.environ.get("OTLP_CORPORA", Path(__file__).parents[3] / "shared" / "corpora"))
REASONS = {
    "malformed json": {"malformed_json", "no_otlp_key"},
    "other (parquet output of reference tool)": {"unsupported_form"},
    "profiles": {"unsupported_signal"},
}


def _kind(row: dict[str, str]) -> str:
    return "profiles" if row["signal"] == "profiles" else row["encoding"]


def _rows() -> list[dict[str, str]]:
    if not CORPORA.is_dir():
        return []
    with (CORPORA / "MANIFEST.tsv").open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines, delimiter="\t") if _kind(row) in REASONS]


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row["local_path"])
def test_a_file_without_records_is_rejected_by_its_reason(row: dict[str, str], tmp_path: Path) -> None:
    done = ingest([CORPORA / row["local_path"]], tmp_path / "lake", workers=1)
    assert sum(done.rows.values()) == 0
    reasons = column(tmp_path / "lake", "rejects", "reason")
    assert set(reasons) <= REASONS[_kind(row)]
    assert len(reasons) == int(row["profiles"]) if _kind(row) == "profiles" else reasons
