"""What is exported is what the official package sees in the original files, record for record."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from oracle.corpus import TESTS, CorpusFile, captured, carried, collected
from oracle.official_view import View

from warehouse.lake.ingest import ingest
from warehouse.serve.export import SUFFIX, Form, export

CORPORA = Path(os.environ.get("OTLP_CORPORA", TESTS.parents[1] / "shared" / "corpora"))
LARGE_BYTES = 100_000
LARGE_FILES = None if os.environ.get("OTLP_SOAK_SCALE") == "1" else 3
"""How many of the large files Python parses as JSON; all when None."""
SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
DECODED_AS = {"json": "json_lines", "proto": "proto_length_prefixed"}


def _files(form: Form) -> Iterator[CorpusFile]:
    """The whole corpus; of large files, which take Python long to parse as JSON, only some for that form."""
    yield from carried()
    if not CORPORA.is_dir():
        return
    others = [*collected(CORPORA), *captured(CORPORA)]
    if form == "json" and LARGE_FILES is not None:
        print(f"OTLP_TEST_SEED={SEED}")
        large = [f for f in others if len(f.bytes) >= LARGE_BYTES]
        drawn = random.Random(SEED).sample(large, LARGE_FILES)
        others = [f for f in others if f in drawn or f not in large]
    yield from others


def _exported(sources: list[Path], folder: Path, form: Form) -> View:
    ingest(sources, folder / "lake")
    export(folder / "lake", folder / "out", form=form)
    view = View()
    for path in sorted((folder / "out").glob(f"*.{SUFFIX[form]}")):
        view.add(path.read_bytes(), DECODED_AS[form])
    return view


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "proto"])
def test_the_export_of_the_corpus_is_the_official_view_of_it(form: Form, tmp_path: Path) -> None:
    # Ingest takes equal files once.
    distinct = {file.bytes: file for file in _files(form)}
    wanted = View()
    for data, file in distinct.items():
        wanted.add(data, file.form)
    assert wanted.records.total() > 1_000
    found = _exported([file.root / file.name for file in distinct.values()], tmp_path, form)
    assert sorted((wanted.records - found.records).elements())[:1] == []
    assert sorted((found.records - wanted.records).elements())[:1] == []
    assert (wanted.duplicate_keys, found.duplicate_keys) == (0, 0)


@pytest.mark.parametrize("form", ["json", "proto"])
def test_of_equal_attribute_keys_the_last_is_exported(form: Form, tmp_path: Path) -> None:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(name="twice", start_time_unix_nano=1)
    span.trace_id, span.span_id = bytes(range(16)), bytes(range(8))
    for text in ("lost", "kept"):
        span.attributes.add(key="same").value.string_value = text
    (tmp_path / "source").write_bytes(request.SerializeToString())
    wanted = View()
    wanted.add(request.SerializeToString(), "proto")
    found = _exported([tmp_path / "source"], tmp_path, form)
    assert found.records == wanted.records
    assert (wanted.duplicate_keys, found.duplicate_keys) == (1, 0)
