"""Macros of the served file: any range of time from the cheapest cubes, equal to what the spans say."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
from exact_quantiles import assert_near, nearest_rank
from small_lake import write_lake
from small_spans import DAY, MIDNIGHT, Row, span

from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views
from warehouse.serve.dbt_run import run_models
from warehouse.traces.assemble import assemble

SEED = 31
FIRST = MIDNIGHT - 45 * DAY  # 6 October: three months, none of them whole
DAYS = 80
QUANTILES = {"p50_nano": "0.5", "p90_nano": "0.9", "p95_nano": "0.95", "p99_nano": "0.99"}


def _requests(rng: random.Random) -> list[Row]:
    """Requests of two services and spans below them, some in the other; the second pauses for two weeks."""
    rows = []
    for n in range(6000):
        start = FIRST + rng.randrange(DAYS * DAY)
        service = rng.choice(("shop", "till"))
        if service == "till" and FIRST + 20 * DAY < start < FIRST + 34 * DAY:
            continue
        ids = {"trace_id": f"{n + 1:032x}", "status_code": 2 if rng.random() < 0.1 else 0}
        sampled = {"adjusted_count": (1.0, 2.5, 64.0)[n % 3]}
        callee = ("shop", "till")[n // 3 % 2]
        duration = 0 if n % 50 == 0 else int(rng.lognormvariate(17, 2))
        root = {"span_id": f"{n * 2 + 1:016x}"}
        rows.append(span(service, f"op {n % 3}", 2, start, duration, **ids, **root) | sampled)
        child = {"span_id": f"{n * 2 + 2:016x}", "parent_span_id": root["span_id"]}
        rows.append(span(callee, "work", 1, start, duration // 2, **ids, **child) | sampled)
    return rows


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    root = tmp_path_factory.mktemp("history")
    print(f"seed {SEED}")
    lake = write_lake(root / "lake", {"spans_landing": _requests(random.Random(SEED)), "ingest_files": []})
    assemble(lake, settle=True)
    with duckdb.connect(str(root / "star.duckdb")) as con:
        lake_views.create(con, lake, snapshot(lake))
    run_models(root / "star.duckdb", root)
    with duckdb.connect(str(root / "star.duckdb"), read_only=True) as con:
        yield con


def _instant(nano: int) -> datetime:
    return datetime.fromtimestamp(nano // 10**9, UTC).replace(tzinfo=None)


def _ranges() -> list[tuple[datetime, datetime]]:
    """Whole days and months, one day, parts of a day, an hour, minutes, nothing, and random ones."""
    rng = random.Random(SEED)
    first, minutes = _instant(FIRST), DAYS * 24 * 60
    chosen = [(0, minutes), (0, 1440), (1440 * 7, 1440 * 50), (1440 * 26, 1440 * 56), (600, 1500), (600, 660)]
    chosen += [(1440 * 3 + 10, 1440 * 3 + 25), (1440, 1440), (1440 * 30 + 59, 1440 * 61 + 61)]
    for _ in range(12):
        start = rng.randrange(minutes)
        chosen.append((start, start + rng.randrange(minutes - start)))
    return [(first + timedelta(minutes=a), first + timedelta(minutes=b)) for a, b in chosen]


def _whole(at: datetime, up: bool, minutes: int = 5) -> datetime:
    down = at - timedelta(minutes=at.minute % minutes)
    return down + timedelta(minutes=minutes) if up and down < at else down


def _spans(
    con: duckdb.DuckDBPyConnection, where: str, since: datetime, until: datetime
) -> list[tuple[int, int, str, Decimal]]:
    query = (
        "select duration_nano, status_code, name, adjusted_count::decimal(38, 6) from fct_spans "
        f"where {where} and started_at >= ? and started_at < ?"
    )
    return con.execute(query, [_whole(since, False), _whole(until, True)]).fetchall()


@pytest.mark.parametrize(("since", "until"), _ranges())
@pytest.mark.parametrize("service", ["shop", "till"])
def test_a_service_over_any_range(
    history: duckdb.DuckDBPyConnection, service: str, since: datetime, until: datetime
) -> None:
    spans = _spans(history, f"service_name = '{service}' and kind = 2", since, until)
    found = history.execute(
        "select request_count, adjusted_request_count, error_count, error_ratio, apdex, "
        f"{', '.join(QUANTILES)} from service_latency(?, ?, ?)",
        [service, since, until],
    ).fetchone()
    assert found is not None
    errors = sum(status == 2 for _, status, *_ in spans)
    assert found[:3] == (len(spans), sum(adjusted for *_, adjusted in spans), errors)
    well = [d for d, status, *_ in spans if status != 2]
    satisfied, tolerating = sum(d <= 5e8 for d in well), sum(5e8 < d <= 2e9 for d in well)
    ratios = (errors / len(spans), (satisfied + tolerating / 2) / len(spans)) if spans else (None, None)
    assert found[3:5] == pytest.approx(ratios)
    durations = [d for d, *_ in spans]
    for estimate, q in zip(found[5:], QUANTILES.values(), strict=True):
        assert_near(estimate, nearest_rank(durations, q))
    one = history.execute("select latency_quantile(0.9, ?, ?, ?)", [service, since, until]).fetchone()
    assert one == (found[6],)


@pytest.mark.parametrize(("since", "until"), _ranges()[::3])
def test_operations_over_any_range(
    history: duckdb.DuckDBPyConnection, since: datetime, until: datetime
) -> None:
    spans = _spans(history, "service_name = 'shop'", since, until)
    rows = history.execute(
        "select span_name, kind_name, span_count, adjusted_count, error_count, p95_nano "
        "from operation_latency('shop', ?, ?)",
        [since, until],
    ).fetchall()
    assert {row[0] for row in rows} == {name for _, _, name, _ in spans}
    for name, kind, count, adjusted, errors, p95 in rows:
        own = [(d, status, times) for d, status, n, times in spans if n == name]
        assert (kind, count, adjusted, errors) == (
            "INTERNAL" if name == "work" else "SERVER",
            len(own),
            sum(times for *_, times in own),
            sum(status == 2 for _, status, _ in own),
        )
        assert_near(p95, nearest_rank([d for d, *_ in own], "0.95"))
        one = history.execute(
            "select latency_quantile(0.95, 'shop', ?, ?, ?)", [name, since, until]
        ).fetchone()
        assert one == (p95,)
    every = history.execute("select count(*) from operation_latency(null, ?, ?)", [since, until]).fetchone()
    assert every is not None and every[0] >= len(rows)


@pytest.mark.parametrize(("since", "until"), _ranges()[::3])
def test_calls_over_any_range(history: duckdb.DuckDBPyConnection, since: datetime, until: datetime) -> None:
    """Both ends are rounded to hours."""
    calls = defaultdict(list)
    for *edge, duration, status, adjusted in history.execute(
        "select parent_service_name, service_name, duration_nano, status_code, "
        "adjusted_count::decimal(38, 6) from fct_spans "
        "where is_remote_parent and started_at >= ? and started_at < ?",
        [_whole(since, False, 60), _whole(until, True, 60)],
    ).fetchall():
        calls[tuple(edge)].append((duration, status, adjusted))
    rows = history.execute(
        "select caller_service_name, callee_name, call_count, adjusted_call_count, error_count, error_ratio, "
        "p50_nano, p95_nano, p99_nano from service_map(?, ?)",
        [since, until],
    ).fetchall()
    assert {row[:2] for row in rows} == set(calls)
    for caller, callee, count, adjusted, errors, ratio, *quantiles in rows:
        own = calls[caller, callee]
        assert (count, adjusted) == (len(own), sum(times for *_, times in own))
        assert errors == sum(status == 2 for _, status, _ in own) == pytest.approx(ratio * count)
        for estimate, q in zip(quantiles, ("0.5", "0.95", "0.99"), strict=True):
            assert_near(estimate, nearest_rank([d for d, *_ in own], q))


def test_a_service_that_is_not_there(history: duckdb.DuckDBPyConnection) -> None:
    found = history.sql("from service_latency('none', '2026-10-01', '2026-12-01')").fetchall()
    assert found == [("none", 0, 0, 0, None, None, None, None, None, None)]


def test_days_of_the_prefix_cube_are_prefix_sums(history: duckdb.DuckDBPyConnection) -> None:
    assert (
        history.sql(
            "select count(*), count(distinct month_start_date) from cube_service_latency_prefix"
        ).fetchone()[1]
        == 3
    )
    wrong = history.sql(
        """
        with sums as (
            select days.service_name, days.event_date, sum(cube.request_count) as expected
            from (
                select distinct service_name, event_date, month_start_date from cube_service_latency_prefix
            ) as days
            join cube_service_latency as cube
                on cube.service_name = days.service_name and cube.grain = 'day' and cube.bucket_index > -32768
                and cube.event_date between days.month_start_date and days.event_date
            group by all
        )
        select service_name, event_date, expected, max(cumulative_count) as found
        from sums join cube_service_latency_prefix using (service_name, event_date)
        group by all having expected <> found
        """
    )
    assert wrong.fetchall() == []


def test_levels_of_the_rollup_add_up(history: duckdb.DuckDBPyConnection) -> None:
    sums = history.sql(
        "select level, sum(span_count), sum(error_count), sum(duration_nano_sum) from cube_rollup "
        "group by level"
    ).fetchall()
    assert len(sums) == 8
    spans = history.sql(
        "select count(*), count(*) filter (where status_code = 2), sum(duration_nano) from fct_spans"
    ).fetchone()
    assert {tuple(rest) for _, *rest in sums} == {spans}
