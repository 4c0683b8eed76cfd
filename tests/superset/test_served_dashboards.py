"""The committed bundle in a real Superset: every chart answers, with the numbers that SQL gives."""

from __future__ import annotations

import datetime as dt
import math
import shutil
from typing import Any

import duckdb
import pytest
from running_superset import Published, RunningSuperset

from dashboards.superset.bundle import bundle_files, committed_files, identifier
from dashboards.superset.columns import unchosen_sql
from dashboards.superset.model import Chart
from dashboards.superset.pages import DASHBOARDS
from dashboards.superset.serve import Installation
from warehouse.demo.history import write_history
from warehouse.lake.ingest import ingest
from warehouse.serve.build import build

pytestmark = pytest.mark.surfaces

CHARTS = {(page.slug, chart.title): chart for page in DASHBOARDS for chart in page.charts}
# The sample data has no rejects: an empty list is the good news.
MAY_BE_EMPTY = {"Files with rejects"}
GRAINS = {"PT1H": "hour", "P1D": "day"}


def test_the_bundle_is_what_its_description_says(published: Published) -> None:
    assert bundle_files(published.warehouse) == committed_files(), "run python -m dashboards.superset.bundle"


@pytest.mark.parametrize(("slug", "title"), list(CHARTS))
def test_a_chart_shows_what_sql_gives(
    slug: str, title: str, published: Published, superset: RunningSuperset
) -> None:
    chart = CHARTS[(slug, title)]
    shown = superset.chart_data(superset.charts()[identifier("chart", f"{slug}/{title}")])
    expected = _expected(chart, published)
    names = [*chart.query.columns, *chart.query.metrics]
    assert shown or title in MAY_BE_EMPTY
    found = [tuple(row[name] for name in names) for row in shown]
    if len(expected) > chart.query.row_limit:
        # Which of several equal ones are left out is open: the first are those that the order says.
        ((by, ascending),) = chart.query.order_by
        at = names.index(by)
        first = sorted((row[at] for row in expected), reverse=not ascending)[: chart.query.row_limit]
        assert set(_comparable(found)) <= set(_comparable(expected))
        found, expected = [(row[at],) for row in found], [(value,) for value in first]
    assert _comparable(found) == _comparable(expected)


def _expected(chart: Chart, published: Published) -> list[tuple[Any, ...]]:
    query, dataset = chart.query, chart.dataset
    columns = [
        f"date_trunc('{GRAINS[query.time_grain]}', {name})"
        if query.time_grain and name == dataset.time_column
        else name
        for name in query.columns
    ]
    items = ", ".join([*columns, *(dataset.metric(name).sql for name in query.metrics)])
    grouping = f"group by {', '.join(columns)}" if query.metrics and columns else ""
    where = f"where {query.where}" if query.where else ""
    with duckdb.connect(str(published.warehouse), read_only=True) as connection:
        sql = f"select {items} from ({unchosen_sql(dataset.sql)}) {where} {grouping}"
        return connection.execute(sql).fetchall()


def _comparable(rows: list[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    return sorted(tuple(_text(value) for value in row) for row in rows)


def _text(value: Any) -> str:
    """Times in milliseconds as Superset sends them, numbers to nine digits."""
    if isinstance(value, dt.datetime):
        value = value.replace(tzinfo=dt.UTC).timestamp() * 1000
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    return "None" if math.isnan(value) else f"{float(value):.9g}"


def test_a_newly_published_file_shows_at_the_next_query(
    published: Published, superset: RunningSuperset
) -> None:
    number = superset.charts()[identifier("chart", "otlp-traces/Traces")]
    before = sum(row["traces"] for row in superset.chart_data(number))
    inode = published.warehouse.stat().st_ino
    folder = published.lake.parent / "later"
    ingest(
        write_history(folder, days=1, seed=9, spans_per_day=3_000, end_date=dt.date(2026, 11, 21)),
        published.lake,
    )
    build(published.lake, published.warehouse)
    assert published.warehouse.stat().st_ino != inode
    assert sum(row["traces"] for row in superset.chart_data(number)) > before


def test_another_file_and_changed_charts_take_the_place_of_those_before(
    installation: Installation,
    published: Published,
    superset: RunningSuperset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = shutil.copy(published.warehouse, published.lake.parent / "other.duckdb")
    changed = {path: text.replace("Apdex", "Contentment") for path, text in committed_files().items()}
    monkeypatch.setattr("dashboards.superset.serve.committed_files", lambda: changed)
    installation.import_bundle(other)
    (database,) = superset.get("database/")["result"]
    connection = superset.get(f"database/{database['id']}/connection")["result"]
    assert connection["sqlalchemy_uri"].endswith("/other.duckdb")
    names = {chart["slice_name"] for chart in superset.get("chart/?q=(page_size:500)")["result"]}
    assert "Contentment" in names and "Apdex" not in names
    monkeypatch.undo()
    installation.import_bundle(published.warehouse)


def test_the_served_file_cannot_be_written(superset: RunningSuperset) -> None:
    (database,) = superset.get("database/")["result"]
    assert not database["allow_dml"]
    connection = superset.get(f"database/{database['id']}/connection")["result"]
    assert '"read_only": true' in connection["extra"]
