"""The oracle itself: counts as other programs made them; JSON and protobuf of one capture agree."""

from __future__ import annotations

import pytest
from oracle.comparison import differences
from oracle.corpus import CorpusFile, carried
from oracle.decoding import decode


@pytest.mark.parametrize("file", list(carried()), ids=lambda f: f.name)
def test_counts_equal_manifest(file: CorpusFile) -> None:
    decoded = decode(file.bytes, file.form)
    assert decoded.found == {
        "span": file.spans,
        "log_record": file.log_records,
        "metric_point": file.metric_points,
    }
    for table, wanted in (
        ("span_events_landing", file.events),
        ("span_links_landing", file.links),
        ("exemplars", file.exemplars),
    ):
        assert wanted is None or len(decoded.rows.get(table, [])) == wanted


@pytest.mark.parametrize(
    "name", ["logs", "metrics_gauge", "metrics_sum", "metrics_summary", "trace", "traces"]
)
def test_json_and_protobuf_of_one_capture_agree(name: str) -> None:
    files = {f.name.rpartition("/")[2]: f for f in carried() if "otlp2parquet" in f.name}
    json_file = files.get(f"{name}.jsonl") or files[f"{name}.json"]
    as_json = decode(json_file.bytes, json_file.form)
    as_proto = decode(files[f"{name}.pb"].bytes, "proto")
    assert differences(as_json.rows, as_proto.rows) == []
