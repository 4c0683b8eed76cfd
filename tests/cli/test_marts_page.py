"""The pages about the star: MARTS.md is fresh and its questions have answers; the reference stands alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest
from cli import Demo, run, sentence

from warehouse.serve.marts_page import MARTS_PAGE, marts, marts_page
from warehouse.serve.project import project_dir


def test_the_page_is_fresh() -> None:
    page = (project_dir() / MARTS_PAGE).read_text(encoding="utf-8")
    assert page == marts_page(), "stale: run `make generate`"


def test_every_table_answers_two_questions() -> None:
    models = {file.stem for file in (project_dir() / "models" / "marts").rglob("*.sql")}
    found = marts()
    assert {mart.name for mart in found} == models
    assert [mart.name for mart in found if len(mart.questions) < 2] == []
    assert all(
        mart.name in q.sql or mart.name == "cube_service_latency_prefix"
        for mart in found
        for q in mart.questions
    )


@pytest.mark.slow
def test_questions_are_answered_on_the_demo(demo: Demo) -> None:
    unanswered = []
    with duckdb.connect(str(demo.warehouse), read_only=True) as con:
        for mart in marts():
            unanswered += [mart.name for q in mart.questions if not con.sql(q.sql).fetchall()]
    # No client of the captures sends a request again; the analyst questions ask of planted retries.
    assert set(unanswered) == {"cube_retries"}


def test_the_overview_leads_to_models_that_are_there() -> None:
    models = project_dir() / "models"
    named = re.findall(r"#!/model/model\.otlp_warehouse\.(\w+)", (models / "overview.md").read_text())
    assert len(named) > 10 and set(named) <= {file.stem for file in models.rglob("*.sql")}


@pytest.mark.slow
def test_the_reference_needs_no_network(demo: Demo, tmp_path: Path) -> None:
    served = demo.warehouse.read_bytes()
    done = run("docs", "--warehouse", demo.warehouse, "--out", tmp_path / "reference", "--json")
    assert done.returncode == 0, done.stderr
    page = Path(json.loads(done.stdout)["page"])
    assert [file.name for file in page.parent.iterdir()] == ["index.html"]
    text = page.read_text(encoding="utf-8")
    assert "One row per assembled span, deduplicated" in text, "the manifest is inside"
    assert "TIMESTAMP" in text, "and the catalog"
    assert "# The OpenTelemetry warehouse" in text, "and where to begin"
    assert '"send_anonymous_usage_stats": false' in text
    assert (
        re.findall(r"""(?:src|href)\s*=\s*["'`]?(?:https?:)?//[^"'`\s>]+\.(?:js|css|png|ico|woff2?)""", text)
        == []
    )
    assert demo.warehouse.read_bytes() == served


def test_without_a_warehouse_the_reference_says_what_to_do(tmp_path: Path) -> None:
    done = run("docs", cwd=tmp_path)
    assert "run `otlp-warehouse build` first" in sentence(done, 3)
