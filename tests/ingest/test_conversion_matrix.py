"""One data set in every form gives the same lake, to the byte but for where a span lay."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from lake_rows import column, counts
from ledger_accounts import check_accounts
from otlp_forms import Files, data_set, framed_forms, json_forms, packed, protobuf_forms

from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import INGEST_TABLES
from warehouse.otlp.convert import Batch, convert
from warehouse.otlp.sniffing import SNIFF_BYTES, sniff
from warehouse.otlp.splits import SourceFile, plan_splits
from warehouse.schemas.registry import TABLES

FACTS = [t for t in INGEST_TABLES if t != "rejects"]
SPAN_COLUMNS = [
    c.name
    for c in TABLES["spans_landing"].file_columns
    if c.name not in ("file_key", "byte_offset", "record_ordinal")
]
"""All but those that tell where a span was read; no other table has such."""
NOW = 1_795_000_000_000_000_000


def _every_form() -> dict[str, Files]:
    requests = data_set()
    as_json, as_protobuf = json_forms(requests), protobuf_forms(requests)
    lines = as_json["lines"]["file"]
    forms = {f"JSON, {name}": files for name, files in as_json.items()}
    forms |= {f"protobuf, {name}": files for name, files in as_protobuf.items()}
    framed = framed_forms(requests, lines)
    forms |= framed
    forms |= {f"JSON lines in {outer}": {"file": whole} for outer, whole in packed(lines).items()}
    return forms | {"framed protobuf in gzip": {"file": packed(framed["framed protobuf"]["file"])["gzip"]}}


FORMS = _every_form()


def _digest(path: Path) -> tuple[str, str]:
    """Date and content of a file."""
    return path.parent.name, hashlib.sha256(path.read_bytes()).hexdigest()


def _digests(lake: Path, table: str) -> list[tuple[str, str]]:
    return sorted(_digest(Path(file)) for file in snapshot(lake)[table].file_uris())


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _ingested("JSON, lines", tmp_path_factory.mktemp("expected"))


def _ingested(form: str, folder: Path) -> Path:
    source = folder / "source"
    source.mkdir()
    for name, data in FORMS[form].items():
        (source / name).write_bytes(data)
    ingest([source], folder / "lake", workers=1)
    return folder / "lake"


def test_the_data_set_fills_the_tables_of_all_signals(expected: Path) -> None:
    found = counts(expected)
    assert [name for name in FACTS if not found[name]] == []


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_lake(form: str, expected: Path, tmp_path: Path) -> None:
    lake = _ingested(form, tmp_path)
    assert column(lake, "rejects", "reason", "detail") == []
    check_accounts(lake)
    assert column(lake, "spans_landing", *SPAN_COLUMNS) == column(expected, "spans_landing", *SPAN_COLUMNS)
    for table in FACTS:
        if table != "spans_landing":
            assert _digests(lake, table) == _digests(expected, table), table


def _converted(data: bytes, folder: Path) -> list[tuple[str, str, str]]:
    """Digests of all files that one conversion writes, under a file key that is the same for all data."""
    folder.mkdir()
    source, stage, lake = folder / "source", folder / "stage", folder / "lake"
    source.write_bytes(data)
    stage.mkdir()
    file = SourceFile(str(source), 1, sniff(data[:SNIFF_BYTES], len(data)), 0, len(data), 0, 0, 0)
    (split,) = plan_splits([file])
    result = convert(split, Batch(lake, stage, 1, NOW))
    facts = [(t, *_digest(lake / t / part.path)) for t, parts in result.parts.items() for part in parts]
    return facts + [(t, *_digest(stage / name)) for t, names in result.stages.items() for name in names]


@pytest.mark.parametrize(
    "inner",
    ["JSON, lines", "JSON, one pretty array", "protobuf, behind uint32", "protobuf, behind varints"],
)
def test_compression_does_not_change_a_byte_of_what_is_written(inner: str, tmp_path: Path) -> None:
    data = FORMS[inner]["file"]
    plain = _converted(data, tmp_path / "plain")
    assert {table for table, _, _ in plain} == set(FACTS)
    for name, whole in packed(data).items():
        found = _converted(whole, tmp_path / name)
        assert [(t, date.replace(name, "plain"), digest) for t, date, digest in found] == plain, name
