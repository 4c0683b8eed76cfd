"""`otlp-warehouse report`: a page that is whole, says what SQL says, and is written at once or not at all."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest
from cli import Demo, run, sentence

from warehouse.report import units

pytestmark = pytest.mark.slow
_VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Elements of a page; raises when tags are not closed in the order in which they were opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()


@pytest.fixture(scope="module")
def page(demo: Demo) -> str:
    return (demo.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def con(demo: Demo) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(demo.warehouse), read_only=True)


def _cells(page: str, table: str) -> list[list[str]]:
    """Texts of a table's cells, without markup."""
    body = re.search(rf'id="{table}".*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    assert body is not None, table
    rows = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL)
    cells = [re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [
        [re.sub(r"<small>.*|<[^>]+>", "", cell, flags=re.DOTALL).strip() for cell in row] for row in cells
    ]


def _shown(page: str, name: str) -> str:
    found = re.search(rf'id="{name}">(.*?)<', page)
    assert found is not None
    return found[1]


def test_the_page_is_well_formed_and_whole(page: str) -> None:
    parsed = Page(page)
    assert page.startswith("<!doctype html>") and len(page.encode()) < 2_000_000
    names = Counter(tag for tag, _ in parsed.tags)
    assert names["script"] == 0 and names["h1"] == 1 and names["main"] == 1
    loaded = [a for t, a in parsed.tags if a.get("src") or (t == "link" and a["href"] != "data:,")]
    assert loaded == [] and "url(" not in page and "@import" not in page
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) > 10
    for drawing in drawings:
        ElementTree.fromstring(drawing)


def test_readers_of_screens_find_their_way(page: str) -> None:
    tags = Page(page).tags
    ids = [a["id"] for _, a in tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for t, a in tags if t == "a" and a["href"]} <= set(ids)
    assert {a["aria-labelledby"] for _, a in tags if "aria-labelledby" in a} <= set(ids)
    assert all(a.get("role") == "img" and a.get("aria-label") for t, a in tags if t == "svg")
    assert all(a.get("scope") in ("col", "row") for t, a in tags if t == "th")


def test_headline_numbers_equal_those_of_the_spans(page: str, con: duckdb.DuckDBPyConnection) -> None:
    count, failed, services = con.execute(
        """
        select count(*), count(*) filter (where status_code = 2), count(distinct service_name)
        from fct_spans where kind in (2, 5) or parent_span_id is null
        """
    ).fetchall()[0]
    assert _shown(page, "request-count") == units.amount(count)
    assert _shown(page, "error-ratio") == units.ratio(failed / count)
    assert _shown(page, "service-count") == str(services)


def test_services_show_what_the_macro_answers(page: str, con: duckdb.DuckDBPyConnection) -> None:
    shown = _cells(page, "service-table")
    asked = con.execute("select min(event_date), max(event_date) + 1 from daily_service_health").fetchall()[0]
    for name, _, requests, _, errors, p50, p95, p99, apdex in shown:
        told = con.execute("from service_latency(?, ?, ?)", [name, *asked])
        row = dict(zip([c[0] for c in told.description], told.fetchall()[0], strict=True))
        assert requests == units.amount(row["request_count"])
        assert errors == units.ratio(row["error_ratio"])
        assert [p50, p95, p99] == [units.latency(row[q]) for q in ("p50_nano", "p95_nano", "p99_nano")]
        assert apdex == f"{row['apdex']:.3f}"
    assert (
        len(shown)
        == con.execute("select count(distinct service_name) from daily_service_health").fetchall()[0][0]
    )


def test_calls_and_exceptions_equal_the_facts(page: str, con: duckdb.DuckDBPyConnection) -> None:
    calls = con.execute(
        "select caller_service_name, callee_name, count(*) from fct_service_calls group by all"
    ).fetchall()
    shown = Counter[tuple[str, str]]()
    for caller, callee, count, *_ in _cells(page, "call-table"):
        shown[caller, callee] += int(count.replace(",", ""))
    assert shown == Counter({(a, b): n for a, b, n in calls})
    exceptions = con.execute("select count(*) from fct_exceptions").fetchall()[0][0]
    listed = _cells(page, "exception-table")
    assert len(listed) <= 10 and sum(int(row[1]) for row in listed) <= exceptions
    top = con.execute(
        "select exception_type, count(*) from fct_exceptions group by fingerprint, exception_type "
        "order by 2 desc limit 1"
    ).fetchall()[0]
    assert listed[0][:2] == [top[0], str(top[1])]


def test_the_waterfall_holds_every_span_of_its_trace(page: str, con: duckdb.DuckDBPyConnection) -> None:
    trace = re.findall(r"otlp-warehouse trace ([0-9a-f]{12})", page)[-1]
    spans = con.execute("select count(*) from fct_spans where trace_id like ? || '%'", [trace]).fetchall()[0][
        0
    ]
    assert spans > 1 and len(_cells(page, "waterfall")) == spans


def test_one_range_of_one_file_gives_the_same_bytes(demo: Demo, page: str, tmp_path: Path) -> None:
    out = tmp_path / "again.html"
    done = run("report", "--warehouse", demo.warehouse, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    assert out.read_text(encoding="utf-8") == page
    told = json.loads(done.stdout)
    assert told["report"] == str(out) and told["bytes"] == out.stat().st_size
    assert list(tmp_path.iterdir()) == [out]


def test_a_part_of_the_time_is_counted_alone(
    demo: Demo, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    ((start, end),) = con.execute(
        "select time_bucket(interval 5 minutes, median(started_at)) as start, start + interval 5 minutes "
        "from fct_spans"
    ).fetchall()
    within = ["--from", start.isoformat(), "--to", f"{end.isoformat()}+00:00"]
    done = run("report", "--warehouse", demo.warehouse, *within, "--out", tmp_path / "part.html", "--json")
    count = con.execute(
        "select count(*) from fct_spans where (kind in (2, 5) or parent_span_id is null) "
        "and started_at >= ? and started_at < ?",
        [start, end],
    ).fetchall()[0][0]
    told = json.loads(done.stdout)
    assert told["requests"] == count > 0
    assert (told["from"], told["to"]) == (start.isoformat(), end.isoformat())


def test_a_time_without_requests_is_drawn_empty(
    demo: Demo, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    ((hour, first),) = con.execute(
        """
        select
            min(period_start_at) filter (where grain = 'hour'),
            min(period_start_at) filter (where grain = '5min')
        from cube_service_latency
        """
    ).fetchall()
    assert hour < first
    out = tmp_path / "empty.html"
    within = ["--from", hour.isoformat(), "--to", first.isoformat()]
    done = run("report", "--warehouse", demo.warehouse, *within, "--out", out, "--json")
    assert json.loads(done.stdout)["requests"] == 0
    Page(out.read_text(encoding="utf-8"))


def test_without_the_lake_the_page_says_what_it_lacks(demo: Demo, tmp_path: Path) -> None:
    served = shutil.copy(demo.warehouse, tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(served)) as con:
        con.execute("create or replace macro lake.lake_root() as '/nowhere'")
    done = run("report", "--warehouse", served, "--out", tmp_path / "report.html")
    assert done.returncode == 0, done.stderr
    assert "files of the lake could not be read" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "2026-11-22", "--to", "2026-11-20"], "is empty"),
        (["--from", "2001-01-01", "--to", "2001-02-01"], "There are no spans from 2001-01-01"),
        (["--from", "2090-01-01", "--to", "2091-01-01"], "There are no spans from 2090-01-01"),
        (["--to", "yesterday"], "--to yesterday is no time"),
    ],
)
def test_a_range_that_cannot_be_drawn(demo: Demo, tmp_path: Path, arguments: list[str], words: str) -> None:
    out = tmp_path / "report.html"
    done = run("report", "--warehouse", demo.warehouse, "--out", out, *arguments)
    assert words in sentence(done, 2)
    assert not out.exists()


def test_no_published_file(tmp_path: Path) -> None:
    assert "run `otlp-warehouse build` first" in sentence(run("report", cwd=tmp_path), 3)


def test_a_file_of_a_newer_version(demo: Demo, tmp_path: Path) -> None:
    served = shutil.copy(demo.warehouse, tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(served)) as con:
        con.execute("update lake.served_format set version = version + 1")
    done = run("report", "--warehouse", served, "--out", tmp_path / "report.html")
    assert "newer otlp-warehouse" in sentence(done, 3)


def test_a_place_that_cannot_be_written(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    done = run("report", "--warehouse", demo.warehouse, "--out", tmp_path / "file" / "report.html")
    assert "choose another --out" in sentence(done, 3)
    done = run("report", "--warehouse", demo.warehouse, "--out", tmp_path)
    assert "choose another --out" in sentence(done, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
