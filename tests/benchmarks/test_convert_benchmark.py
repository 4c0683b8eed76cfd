"""The contenders of the conversion benchmark do the same work: equal spans, events, links and attributes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

ROOT = Path(__file__).parents[2]


def _python(*arguments: str) -> Any:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def report(folder: Path) -> Any:
    return _python("-m", "benchmarks.convert", "--json", "--rounds=1", "--spans=3000", f"--folder={folder}")


def test_report(report: Any) -> None:
    assert report["spans"] > 2_000
    assert len(report["results"]) == 4
    assert all(r["spans_per_second"] > 0 and r["bytes_per_span"] > 0 for r in report["results"])
    assert set(report["ratios"]) == {
        f"{ours}_over_{other}" for ours in ("json", "protobuf") for other in ("duckdb", "orjson")
    }
    assert 900 <= report["json_bytes_per_span"] <= 1_300


def test_contenders_write_the_same(report: Any, folder: Path) -> None:
    (lines,) = folder.glob("*.jsonl")
    (frames,) = folder.glob("*.pb")
    sums = {}
    for name, contender, source in (
        ("ours", "ours", lines),
        ("ours, protobuf", "ours", frames),
        ("duckdb", "duckdb", lines),
        ("orjson", "orjson", lines),
    ):
        out = folder / name
        _python("-m", "benchmarks.contenders", contender, str(source), str(out))
        sums[name] = _sums(out, "ours" if contender == "ours" else "other")
    assert sums["ours"]["spans"] > 2_000
    assert all(s == sums["ours"] for s in sums.values()), sums


def _sums(out: Path, who: str) -> dict[str, Any]:
    """Numbers over the three tables that differ when any contender loses a row, a time or an attribute."""
    names = ("spans_landing", "span_events_landing", "span_links_landing")
    tables = names if who == "ours" else ("spans", "events", "links")
    spans, events, links = (
        f"read_parquet('{out}/{t}/**/*.parquet')" if who == "ours" else f"read_parquet('{out}/{t}.parquet')"
        for t in tables
    )
    of_spans, of_events = "cardinality(attributes)", "cardinality(attributes)"
    if who == "ours":
        of_spans += _promoted(spans)
        of_events += _promoted(events)
    row = duckdb.sql(
        f"""
        SELECT count(*) AS spans, sum(duration_nano)::BIGINT AS duration, count(DISTINCT span_id) AS ids,
               sum({of_spans})::BIGINT AS attributes, count(parent_span_id) AS parents,
               sum(status_code) AS errors,
               (SELECT sum({of_events})::BIGINT FROM {events}) AS event_attributes,
               (SELECT sum(time_unix_nano) FROM {events}) AS event_times,
               (SELECT count(*) FROM {links}) AS links, count(DISTINCT name) AS names
        FROM {spans}"""
    )
    return dict(zip(row.columns, row.fetchall()[0], strict=True))


def _promoted(files: str) -> str:
    """SQL that counts the promoted attributes of a row of ours."""
    from warehouse.schemas.promoted import promoted

    columns = set(duckdb.sql(f"SELECT * FROM {files} LIMIT 0").columns)
    named = sorted({p.key.replace(".", "_") for p in promoted()} & columns - {"service_name"})
    return "".join(f" + ({c} IS NOT NULL)::INT" for c in named)
