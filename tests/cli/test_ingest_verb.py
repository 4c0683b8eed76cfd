"""`ingest`, `status` and `doctor` from outside."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest
from cli import EXAMPLES, run, run_on_terminal, sentence

from warehouse.cli import main
from warehouse.cli.examinations import examine
from warehouse.lake.ingest import ingest

ROWS = [
    "spans",
    "span_events",
    "span_links",
    "log_records",
    "number_points",
    "histogram_points",
    "exponential_histogram_points",
    "summary_points",
    "exemplars",
]


def test_json_is_one_object_with_exactly_the_documented_keys(tmp_path: Path) -> None:
    done = run("ingest", EXAMPLES, "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert list(found) == ["batch_id", "files", "skipped", "rows", "rejects", "bytes", "seconds"]
    assert list(found["rows"]) == ROWS
    assert (tmp_path / ".data/lake/spans_landing/_delta_log").is_dir()
    again = json.loads(run("ingest", EXAMPLES, "--json", cwd=tmp_path).stdout)
    assert (again["batch_id"], again["files"], again["skipped"]) == (None, 0, found["files"])


def test_list_counts_the_files_and_reads_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    done = run("ingest", "--list", ".", "*.json", "none-*.json", "nowhere", "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    counts = {".": 1, "*.json": 1, "none-*.json": 0, "nowhere": 0}
    assert json.loads(done.stdout) == {"files": 2, "sources": counts}
    assert (
        run("ingest", "--list", "a.json", "nowhere", cwd=tmp_path).stdout
        == "a.json: 1 file\nnowhere: 0 files\n"
    )
    assert not (tmp_path / ".data").exists()


def test_the_report_names_what_was_rejected_and_the_next_command(tmp_path: Path) -> None:
    trace = (EXAMPLES / "traces" / "gateway.jsonl").read_text()
    first = trace.splitlines(keepends=True)[0]
    (tmp_path / "a.jsonl").write_text(first + "not json\n" + first[:100])
    (tmp_path / "table.parquet").write_bytes(b"PAR1 and so on")
    done = run("ingest", "a.jsonl", "table.parquet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert "Rejected 1 message, malformed_json" in text
    assert f"First at {tmp_path}/a.jsonl byte {len(first.encode())}" in text
    assert "Rejected 1 message, unsupported_form: Parquet files hold no OTLP." in text
    assert "ends within a record (100 bytes" in text
    assert "Next: otlp-warehouse build" in text
    again = run("ingest", "a.jsonl", "table.parquet", cwd=tmp_path)
    assert "Nothing new: 2 files skipped" in again.stdout


def test_copies_and_many_torn_files_are_told(tmp_path: Path) -> None:
    for name, n in (*((f"{n}.jsonl", n) for n in range(5)), ("copy.jsonl", 0)):
        logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"intValue": n}}]}]}]}
        (tmp_path / name).write_text(json.dumps(logs) + "\n{")
    done = run("ingest", *sorted(tmp_path.glob("*.jsonl")), cwd=tmp_path)
    assert "Batch 1: 5 files" in done.stdout and "1 skipped (content read already)" in done.stdout
    assert "(1 byte from byte" in done.stdout and "1 more file ends within a record." in done.stdout
    told = run("status", cwd=tmp_path).stdout
    assert "(1 byte from byte" in told and "1 more file ends within a record." in told


def test_a_terminal_gets_a_progress_bar_and_a_pipe_does_not(tmp_path: Path) -> None:
    shown = run_on_terminal("ingest", EXAMPLES, "--lake", tmp_path / "lake", columns=100)
    assert "Reading" in shown
    assert "Batch 1" in shown
    assert run("ingest", EXAMPLES, "--lake", tmp_path / "other").stderr == ""


def test_spans_without_service_and_orphans_are_told(tmp_path: Path) -> None:
    span = {"traceId": "1" * 32, "spanId": "2" * 16, "parentSpanId": "3" * 16, "name": "lost"}
    empty = {"attributes": [{"key": "service.name", "value": {"stringValue": ""}}]}
    nameless = {"resource": empty, "scopeSpans": [{"spans": [span | {"spanId": "4" * 16}]}]}
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}, nameless]}
    (tmp_path / "a.json").write_text(json.dumps(document, indent=2))
    text = run("ingest", "a.json", cwd=tmp_path).stdout
    assert "2 of 2 spans have no service.name" in text
    assert "2 spans of the lake name a parent that it does not hold" in text


def test_status_says_what_is_there_and_what_to_do(tmp_path: Path) -> None:
    assert "run `otlp-warehouse ingest SRC" in sentence(run("status", cwd=tmp_path), 3)
    run("ingest", EXAMPLES / "logs.pb", cwd=tmp_path)
    done = run("status", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (found["batches"], found["files"], found["served"]) == (1, 1, None)
    assert found["rows"]["log_records"] > 0
    assert found["next"] == "otlp-warehouse build"
    assert "Lake .data/lake: 1 batch, 1 file" in run("status", cwd=tmp_path).stdout


def test_status_shows_torn_tails_and_what_each_file_version_held(tmp_path: Path) -> None:
    first = (EXAMPLES / "traces" / "gateway.jsonl").read_text().splitlines(keepends=True)[0]
    data = (first + "not json\n").encode()
    (tmp_path / "a.gz").write_bytes(gzip.compress(data + first[:77].encode()))
    (tmp_path / "logs.pb").write_bytes((EXAMPLES / "logs.pb").read_bytes())
    run("ingest", "a.gz", "logs.pb", cwd=tmp_path)
    found = json.loads(run("status", "--files", 9, "--json", cwd=tmp_path).stdout)
    path = f"{tmp_path}/a.gz"
    assert found["torn_tails"] == [{"path": path, "end_offset": len(data), "bytes": 77}]
    packed, logs = found["file_versions"]
    assert (packed["path"], packed["form"], packed["inner_form"]) == (path, "gzip", "json_lines")
    assert (packed["bytes"], packed["torn_tail_bytes"], packed["rejected_other"]) == (len(data), 77, 1)
    assert packed["spans"] == packed["rows"] > 0
    assert (logs["form"], logs["inner_form"], logs["rows"]) == ("proto_length_prefixed", None, 82)
    shown = run_on_terminal("status", "--files", 1, "--lake", tmp_path / ".data/lake", columns=80)
    assert "\n  batch: 1, form: gzip (json_lines), bytes: " in shown.replace("\r", "")
    text = " ".join(run("status", "--files", 1, cwd=tmp_path).stdout.split())
    assert f"{path} ends within a record (77 bytes from byte {len(data)});" in text
    assert "gzip (json_lines)" in text
    assert "logs.pb" not in text


def test_doctor_finds_a_sound_installation_and_a_broken_lake(tmp_path: Path) -> None:
    healthy = run("doctor", "--json", cwd=tmp_path)
    assert healthy.returncode == 0, healthy.stdout
    states = {f["subject"]: f["state"] for f in json.loads(healthy.stdout)}
    assert (states["python"], states["native module"], states["lake"]) == ("ok", "ok", "warning")
    (tmp_path / ".data/lake").mkdir(parents=True)
    broken = run("doctor", cwd=tmp_path)
    assert broken.returncode == 1
    assert "broken" in broken.stdout


def test_doctor_names_table_features_that_shut_readers_out(tmp_path: Path) -> None:
    from deltalake import DeltaTable, TableFeatures

    from warehouse.lake.features import breaking_features

    run("ingest", EXAMPLES / "logs.pb", cwd=tmp_path)
    table = DeltaTable(tmp_path / ".data/lake/resources")
    assert breaking_features(table) == []
    table.alter.add_feature(TableFeatures.DeletionVectors, allow_protocol_versions_increase=True)
    assert breaking_features(DeltaTable(tmp_path / ".data/lake/resources")) == ["deletionVectors"]
    done = run("doctor", cwd=tmp_path)
    assert done.returncode == 1
    assert "deletionVectors" in done.stdout


def test_doctor_names_tables_whose_rows_cannot_be_replaced(tmp_path: Path) -> None:
    from deltalake import DeltaTable

    run("ingest", EXAMPLES / "logs.pb", cwd=tmp_path)
    table = DeltaTable(tmp_path / ".data/lake/resources")
    table.alter.set_table_properties({"delta.appendOnly": "false"})
    assert run("doctor", cwd=tmp_path).returncode == 0
    table.alter.set_table_properties({"delta.appendOnly": "true"})
    done = run("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 1
    (found,) = [f for f in json.loads(done.stdout) if f["subject"] == "table resources"]
    assert "unset tblproperties ('delta.appendOnly')" in found["detail"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ingest"], "Missing argument"),
        (["ingest", "nowhere"], "There is no file or folder nowhere"),
        (["ingest", ""], "A source is empty"),
        (["ingest", "-"], "write it to a file and ingest that"),
        (["ingest", "x", "--lake", ""], "The path of the lake is empty"),
        (["ingest", "x", "--workers", "0"], "Invalid value for '--workers'"),
        (["frobnicate"], "No such command 'frobnicate'"),
        (["status", "--nope"], "No such option"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    assert said in sentence(run(*arguments, cwd=tmp_path), 2)


@pytest.mark.parametrize("verb", [["status"], ["build"], ["trace", "ab"]])
def test_a_lake_that_cannot_be_looked_into(
    tmp_path: Path, verb: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.run([*verb, "--lake", "x" * 300]) == 3
    assert "cannot be used (File name too long): mend that" in capsys.readouterr().err


def test_damage_of_a_lake_is_told_and_never_covered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each damage, what verbs say of it, and what `doctor` names."""
    monkeypatch.chdir(tmp_path)
    ingest([EXAMPLES], "sound")
    sound, lake = Path("sound"), Path("lake")
    landed = next((sound / "spans_landing").rglob("*.parquet")).relative_to(sound)

    def told(*arguments: object) -> str:
        assert main.run([*map(str, arguments), "--lake", "lake"]) == 3
        return capsys.readouterr().err

    def broken() -> list[str]:
        return [f.detail for f in examine(lake, Path("no.duckdb")) if f.state == "broken"]

    for harm, words, named in (
        (lambda: (lake / landed).unlink(), "`otlp-warehouse doctor` tells", landed.name),
        (lambda: os.truncate(lake / landed, 999), "`otlp-warehouse doctor` tells", landed.name),
        (
            lambda: (lake / "log_records/_delta_log" / f"{1:020}.json").write_text("{"),
            "The Delta log of table log_records in the lake lake is damaged",
            "log_records",
        ),
        (lambda: shutil.rmtree(lake / "spans_landing"), "has lost its table spans_landing", "spans_landing"),
    ):
        shutil.rmtree(lake, ignore_errors=True)
        shutil.copytree(sound, lake)
        assert broken() == []
        harm()
        assert words in told("status")
        (found,) = broken()
        assert named in found
    # An empty table in the place of a lost one would hide what is lost.
    Path("more.pb").write_bytes((EXAMPLES / "logs.pb").read_bytes() * 2)
    for verb in (("ingest", "more.pb"), ("assemble",), ("optimize",)):
        assert "has lost its table spans_landing: restore lake/spans_landing from a copy" in told(*verb)
