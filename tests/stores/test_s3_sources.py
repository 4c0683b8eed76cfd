"""Objects are read like files: all of them, each version once, whatever their names and headers."""

from __future__ import annotations

import gzip
from itertools import compress
from pathlib import Path

import pytest
from bucket_under_test import Bucket
from lake_rows import Rows, column, counts, visible_rows
from otlp_lines import SPANS_PER_LINE, log_line, mixed_lines, trace_line

from warehouse.errors import COULD_NOT_RUN, USAGE, WarehouseError
from warehouse.lake.ingest import ingest
from warehouse.otlp.content import BLOCK_BYTES
from warehouse.schemas.registry import TABLES

_OF_PLACE = {"path", "modified_unix_nano", "etag", "file_key"}
"""Columns in which rows of the same bytes elsewhere differ."""


def _rows(lake: Path) -> dict[str, Rows]:
    """All rows of the lake without the columns that tell where bytes came from."""
    found = {}
    for name, rows in visible_rows(lake).items():
        names = [c.name for c in TABLES[name].file_columns if c.name != "ingested_at_unix_nano"]
        kept = [n not in _OF_PLACE for n in ("event_date", *names)]
        found[name] = sorted((tuple(compress(row, kept)) for row in rows), key=repr)
    return found


def _write_sources(folder: Path) -> None:
    folder.mkdir()
    (folder / "mixed.jsonl").write_text(mixed_lines(0, 20))
    (folder / "packed.json").write_bytes(gzip.compress(trace_line(30).encode()))
    (folder / "broken.json").write_text(trace_line(40) + '{"resourceSpans": [}\n' + log_line(41))
    (folder / "torn.json").write_text(trace_line(50) + trace_line(51)[:100])
    (folder / "empty.json").write_bytes(b"")


def test_a_bucket_and_a_folder_of_equal_files_give_equal_tables(bucket: Bucket, tmp_path: Path) -> None:
    _write_sources(tmp_path / "sources")
    bucket.upload(tmp_path / "sources", "exports")
    local = ingest([tmp_path / "sources"], tmp_path / "local", workers=1)
    remote = ingest([f"{bucket.url}/exports"], tmp_path / "remote", workers=1)
    assert remote.to_json() | {"seconds": 0} == local.to_json() | {"seconds": 0}
    assert _rows(tmp_path / "remote") == _rows(tmp_path / "local")
    assert remote.rejects == 1 and remote.rows["spans_landing"] > 0


def test_every_object_is_found_beyond_one_page_of_a_listing(bucket: Bucket, tmp_path: Path) -> None:
    for number in range(1_105):
        bucket.put(f"many/{number:04d}.json", trace_line(number))
    result = ingest([f"{bucket.url}/many"], tmp_path / "lake")
    assert (result.files, result.rows["spans_landing"]) == (1_105, 1_105 * SPANS_PER_LINE)
    assert len(column(tmp_path / "lake", "ingest_files", "path")) == 1_105
    again = ingest([f"{bucket.url}/many/"], tmp_path / "lake")
    assert (again.batch_id, again.skipped) == (None, 1_105)


def test_bytes_that_a_header_calls_gzip_are_told_by_themselves(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("packed.json", gzip.compress(trace_line(1).encode()), ContentEncoding="gzip")
    bucket.put("plain.json", trace_line(2), ContentEncoding="gzip")
    result = ingest([bucket.url], tmp_path / "lake")
    assert (result.rows["spans_landing"], result.rejects) == (2 * SPANS_PER_LINE, 0)
    assert column(tmp_path / "lake", "ingest_files", "form") == ["gzip", "json_lines"]


def test_the_layout_of_the_collectors_exporter(bucket: Bucket, tmp_path: Path) -> None:
    for hour in range(3):
        for minute in (0, 30):
            folder = f"otel/year=2025/month=11/day=23/hour={hour:02d}/minute={minute:02d}"
            bucket.put(f"{folder}/traces_{hour}{minute}.json", trace_line(60 * hour + minute).rstrip("\n"))
            data = gzip.compress(log_line(60 * hour + minute).encode())
            bucket.put(f"{folder}/logs_{hour}{minute}.json.gz", data, ContentEncoding="gzip")
    result = ingest([f"{bucket.url}/otel/year=2025/month=11/day=23/hour=01"], tmp_path / "lake")
    assert (result.files, result.rows["log_records"]) == (4, 2)
    result = ingest([f"{bucket.url}/otel"], tmp_path / "lake")
    assert (result.files, result.skipped) == (8, 4)
    pattern = f"{bucket.url}/otel/**/minute=30/logs_*.json.gz"
    assert ingest([pattern], tmp_path / "other").rows["log_records"] == 3


ODD_KEYS = (
    "a b.json",
    "ü/ñ.json",
    "plus+x",
    "pct%20lit",
    "hash#x",
    "q?x=1",
    "back\\s",
    "brace{x}",
    "star*[x]",
    "tilde~^`|<>\"'",
    "emoji\U0001f600",
    "a&b=c;d:e@f,g$h!",
)


def test_keys_with_odd_characters(bucket: Bucket, tmp_path: Path) -> None:
    urls = [bucket.put(key, trace_line(number)) for number, key in enumerate(ODD_KEYS)]
    assert ingest([bucket.url], tmp_path / "all").rows["spans_landing"] == len(urls) * SPANS_PER_LINE
    assert column(tmp_path / "all", "ingest_files", "path") == sorted(urls, key=repr)
    for number, url in enumerate(urls):
        assert ingest([url], tmp_path / str(number)).files == 1, url


def test_a_large_object_is_read_by_ranges(bucket: Bucket, tmp_path: Path) -> None:
    lines = [trace_line(n, padding=30_000) for n in range(320)]
    data = "".join(lines).encode()
    assert len(data) > 6 * BLOCK_BYTES
    (tmp_path / "large.json").write_bytes(data)
    url = bucket.put("large.json", data)
    remote = ingest([url], tmp_path / "remote", workers=2, split_bytes=2 * BLOCK_BYTES)
    assert remote.rows["spans_landing"] == 320 * SPANS_PER_LINE
    ingest([tmp_path / "large.json"], tmp_path / "local", workers=1, split_bytes=2 * BLOCK_BYTES)
    assert _rows(tmp_path / "remote") == _rows(tmp_path / "local")


def test_an_object_written_anew_is_told_by_its_etag(bucket: Bucket, tmp_path: Path) -> None:
    lake, first, second = tmp_path / "lake", trace_line(100), trace_line(200)
    assert len(first) == len(second)
    url = bucket.put("one.json", first)
    ingest([url], lake)
    bucket.put("one.json", second)
    assert ingest([url], lake).rows["spans_landing"] == SPANS_PER_LINE
    bucket.put("one.json", second + trace_line(300))
    assert ingest([url], lake).rows["spans_landing"] == SPANS_PER_LINE
    assert counts(lake)["spans_landing"] == 3 * SPANS_PER_LINE
    bucket.put("copy.json", second + trace_line(300))
    assert ingest([bucket.url], lake).skipped == 2
    assert counts(lake)["spans_landing"] == 3 * SPANS_PER_LINE


def test_markers_of_folders_and_the_lake_itself_are_no_sources(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("exports/", b"")
    bucket.put("exports/one.json", trace_line(1))
    assert ingest([bucket.url], tmp_path / "lake").files == 1


def test_what_cannot_be_found_is_one_sentence(bucket: Bucket, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with pytest.raises(WarehouseError, match=r"no object s3://bucket-\d+/none.*check the URL") as caught:
        ingest([f"{bucket.url}/none"], lake)
    assert caught.value.exit_code == USAGE
    with pytest.raises(WarehouseError, match=r"There is no s3://no-such-bucket at http://127") as caught:
        ingest(["s3://no-such-bucket/x"], lake)
    assert caught.value.exit_code == COULD_NOT_RUN
    with pytest.raises(WarehouseError, match="names no bucket"):
        ingest(["s3://"], lake)
    assert not lake.exists()


def test_a_wrong_endpoint_is_one_sentence(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(WarehouseError, match=r"at http://127.0.0.1:9 cannot be reached") as caught:
        ingest([bucket.url], tmp_path / "lake")
    assert caught.value.exit_code == COULD_NOT_RUN
    assert "\n" not in caught.value.message


UNNAMEABLE = ("in/bad//two.json", "in//lead", "in/a/./b", "in/a/../c[*]", "in/ctl\x01x")


def test_keys_that_cannot_be_named_are_rejected_and_the_others_read(bucket: Bucket, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    named = [bucket.put(f"in/{key}", trace_line(number)) for number, key in enumerate(ODD_KEYS)]
    unnamed = [bucket.put(key, trace_line(100)) for key in UNNAMEABLE]
    bucket.put("in/a/", b"")
    done = ingest([f"{bucket.url}/in"], lake)
    assert (done.files, done.rejects) == (len(named) + len(unnamed), len(unnamed))
    assert done.rows["spans_landing"] == len(named) * SPANS_PER_LINE
    told = column(lake, "rejects", "path", "reason")
    assert told == sorted(((url, "unreadable") for url in unnamed), key=repr)
    assert all("rename the object" in detail for detail in column(lake, "rejects", "detail"))
    again = ingest([f"{bucket.url}/in"], lake)
    assert (again.batch_id, again.skipped) == (None, done.files)
    with pytest.raises(WarehouseError, match="rename the object"):
        ingest([f"{bucket.url}/in/bad//two.json"], lake)
