"""`status` tells the last runs, the lag behind now, and what to do next."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from cli import EXAMPLES, Demo, run

from warehouse.cli.last_runs import failed_step, lag_sentence
from warehouse.runs import last_runs, log_of


def test_runs_are_noted_beside_the_served_file_however_they_end(tmp_path: Path) -> None:
    assert run("build", cwd=tmp_path).returncode == 3
    assert list(tmp_path.iterdir()) == [], "a run that could not begin leaves nothing behind"
    assert run("ingest", EXAMPLES / "logs.pb", cwd=tmp_path).returncode == 0
    assert run("ingest", tmp_path / "none", cwd=tmp_path).returncode == 2
    assert run("assemble", cwd=tmp_path).returncode == 0
    found = json.loads(run("status", "--json", cwd=tmp_path).stdout)
    assembled, ingested = found["last_runs"]
    assert (assembled["verb"], assembled["outcome"]) == ("assemble", "done")
    assert (ingested["verb"], ingested["outcome"], ingested["rows"]) == ("ingest", "failed", None)
    assert "none" in ingested["reason"] and ingested["seconds"] >= 0
    log = tmp_path / ".data" / ".warehouse.duckdb.runs.jsonl"
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [line["verb"] for line in lines] == ["ingest", "ingest", "assemble"]
    assert lines[0]["rows"] == found["rows"]["log_records"] > 0
    newest = datetime.fromisoformat(found["newest_event_at"])
    assert abs((datetime.now(UTC) - newest).total_seconds() - found["lag_seconds"]) < 60


def test_the_next_step_follows_from_the_newest_run(tmp_path: Path) -> None:
    assert run("ingest", EXAMPLES / "logs.pb", cwd=tmp_path).returncode == 0
    assert json.loads(run("status", "--json", cwd=tmp_path).stdout)["next"] == "otlp-warehouse build"
    assert run("publish", cwd=tmp_path).returncode == 3
    found = run("status", cwd=tmp_path).stdout
    told = " ".join(found.split())
    assert "The last publish did not end well" in told and "run `otlp-warehouse publish` again" in told
    assert "The newest span or log record is of 2026-11-22 13:" in told


def test_times_are_told_as_people_write_them() -> None:
    facts = {"newest_event_at": "2026-11-22T13:37:07+00:00", "lag_seconds": 90_000}
    assert lag_sentence(facts).endswith("of 2026-11-22 13:37:07 UTC, 1 day 1 h ago.")
    assert lag_sentence(facts | {"lag_seconds": 180_000}).endswith(", 2 days 2 h ago.")


def test_a_torn_line_of_the_log_hides_no_other(tmp_path: Path) -> None:
    assert run("ingest", EXAMPLES / "logs.pb", cwd=tmp_path).returncode == 0
    with (tmp_path / ".data" / ".warehouse.duckdb.runs.jsonl").open("a", encoding="utf-8") as log:
        log.write('{"verb": "bui')
    (kept,) = json.loads(run("status", "--json", cwd=tmp_path).stdout)["last_runs"]
    assert kept["verb"] == "ingest"


def test_what_exports_tidies_and_reports_is_noted_too(tmp_path: Path) -> None:
    assert run("ingest", EXAMPLES / "logs.pb", cwd=tmp_path).returncode == 0
    assert run("export", cwd=tmp_path).returncode == 0
    assert run("optimize", cwd=tmp_path).returncode == 0
    assert run("vacuum", "--dry-run", cwd=tmp_path).returncode == 0
    assert run("vacuum", cwd=tmp_path).returncode == 0
    assert run("report", cwd=tmp_path).returncode == 3
    found = last_runs(tmp_path / ".data" / "warehouse.duckdb")
    assert [(noted.verb, noted.outcome) for noted in found] == [
        ("report", "failed"),
        ("vacuum", "done"),
        ("optimize", "done"),
        ("export", "done"),
        ("ingest", "done"),
    ]
    assert found[-2].rows == found[-1].rows
    assert json.loads(run("status", "--json", cwd=tmp_path).stdout)["next"].endswith(
        "then run `otlp-warehouse report` again."
    )


def test_the_demo_is_noted_in_its_own_folder(demo: Demo) -> None:
    # The first line: other tests ask, report, or run it again, which reads nothing.
    noted = json.loads(log_of(demo.warehouse).read_text().splitlines()[0])
    assert (noted["verb"], noted["outcome"]) == ("demo", "done")
    assert noted["rows"] == sum(demo.figures["ingest"]["rows"].values())


def test_a_failed_job_is_submitted_again() -> None:
    newest = {"verb": "maintain_lake.py", "outcome": "failed", "reason": "Java is missing."}
    told = failed_step([newest])
    assert told and told.endswith("Java is missing; then submit jobs/maintain_lake.py again.")
