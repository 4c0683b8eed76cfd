"""Cubes equal the same aggregates over fct_spans; quantiles keep their error bound."""

from __future__ import annotations

import random
from collections import defaultdict

import duckdb
import pytest
from exact_quantiles import ERROR_BOUND, ZERO_BUCKET, assert_near, exact_bucket, nearest_rank

CELL = "service_name, operation_key, kind, status_code, http_status_class"
QUANTILES = {"p50_nano": "0.5", "p90_nano": "0.9", "p95_nano": "0.95", "p99_nano": "0.99"}


def _bucket_edges() -> list[int]:
    """Around every bound of every bucket: the last integer within and the first one above."""
    edges = []
    for i in range(64 * 63):
        low, high = 0, 2**63 - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if middle**64 <= 2**i else (low, middle)
        edges += [d for d in (low, low + 1) if 0 < d < 2**63]
    return edges


def test_buckets_are_exact_for_every_duration(con: duckdb.DuckDBPyConnection) -> None:
    seed = 64
    rng = random.Random(seed)
    powers = [2**k + off for k in range(63) for off in (-1, 0, 1)]
    durations = [-(2**63), -1, 0, 2**63 - 1, *powers, *_bucket_edges()]
    durations += [rng.getrandbits(rng.randrange(1, 64)) for _ in range(20_000)]
    rows = con.execute(
        "select d, exponential_bucket(d) from (select unnest($d::bigint[]) as d)", {"d": durations}
    ).fetchall()
    assert len(rows) == len(durations)
    wrong = [(d, bucket, exact_bucket(d)) for d, bucket in rows if bucket != exact_bucket(d)]
    assert not wrong, f"seed {seed}: {wrong[:5]}"


def test_bounds_enclose_estimates(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.sql(
        "select b, bucket_upper_bound(b - 1), bucket_estimate(b), bucket_upper_bound(b) from range(4032) t(b)"
    ).fetchall()
    for _, lower, estimate, upper in rows:
        assert lower < estimate < upper
        assert max(estimate / lower - 1, 1 - estimate / upper) <= ERROR_BOUND
    assert con.sql(
        f"select bucket_upper_bound({ZERO_BUCKET}), bucket_estimate({ZERO_BUCKET})"
    ).fetchone() == (0, 0)


@pytest.fixture
def expected(con: duckdb.DuckDBPyConnection) -> str:
    """A view of the spans as they are to be counted."""
    con.execute(
        """
        create or replace temp view expected as
        select
            event_date, service_name, operation_key, kind, status_code, greatest(duration_nano, 0) as d,
            adjusted_count::decimal(28, 6) as adjusted, exponential_bucket(duration_nano) as bucket_index,
            case when event_date = '1970-01-01' then timestamp '1970-01-01' else started_at end as began_at,
            coalesce(http_response_status_code, try_cast(attributes['http.status_code'] as bigint)) as code,
            case when code is null then 'none' else (code // 100) || 'xx' end as http_status_class
        from fct_spans
        """
    )
    return "expected"


def test_every_cube_cell_equals_the_aggregate_over_fct_spans(
    con: duckdb.DuckDBPyConnection, expected: str
) -> None:
    grains = (
        "(values ('5min', interval 5 minutes), ('hour', interval 1 hour), ('day', interval 1 day)) "
        "as grains (grain, length)"
    )
    period = "time_bucket(length, began_at) as period_start_at"
    buckets = (
        f"select grain, event_date, {period}, {CELL}, bucket_index, count(*)::bigint as span_count, "
        f"sum(adjusted)::decimal(38, 6) as a from {expected} cross join {grains} group by all"
    )
    assert_same(con, buckets, "select * from cube_span_latency")
    cells = (
        f"select grain, event_date, {period}, {CELL}, count(*) as n, count(*) filter (where d = 0) as z, "
        "sum(adjusted)::decimal(38, 6) as a, sum(d)::decimal(38, 0) as s, min(d) as low, max(d) as high "
        f"from {expected} cross join {grains} group by all"
    )
    assert_same(
        con, cells, "select * exclude (p50_nano, p90_nano, p95_nano, p99_nano) from cube_span_latency_cells"
    )


def assert_same(con: duckdb.DuckDBPyConnection, expected: str, actual: str) -> None:
    """Both queries give the same rows, and some."""
    assert con.sql(f"select count(*) from ({actual})").fetchone() > (20,)
    assert con.sql(f"({expected}) except all ({actual})").fetchall() == []
    assert con.sql(f"({actual}) except all ({expected})").fetchall() == []


def test_quantiles_of_every_cell_are_near_the_exact_ones(
    con: duckdb.DuckDBPyConnection, expected: str
) -> None:
    durations = defaultdict(list)
    cell = "event_date, operation_key, status_code, http_status_class"
    for *key, duration in con.sql(f"select {cell}, d from {expected}").fetchall():
        durations[tuple(key)].append(duration)
    rows = con.sql(
        f"select {cell}, {', '.join(QUANTILES)} from cube_span_latency_cells where grain = 'day'"
    ).fetchall()
    assert len(rows) == len(durations)
    for row in rows:
        for estimate, q in zip(row[4:], QUANTILES.values(), strict=True):
            assert_near(estimate, nearest_rank(durations[row[:4]], q))


@pytest.mark.parametrize("shape", ["lognormal", "bimodal", "constant", "heavy_tailed"])
def test_quantiles_hold_for_any_shape(con: duckdb.DuckDBPyConnection, shape: str) -> None:
    durations = [
        d for (d,) in con.execute("select duration_nano from fct_spans where name = ?", [shape]).fetchall()
    ]
    assert len(durations) == 400
    for q in ("0.001", "0.25", "0.5", "0.9", "0.95", "0.99", "0.999", "1.0"):
        merged = con.execute(
            f"select latency_quantile(bucket_index, span_count, {q}) from cube_span_latency "
            "join dim_operation using (operation_key) where grain = 'hour' and span_name = ?",
            [shape],
        ).fetchone()
        assert merged is not None
        assert_near(merged[0], nearest_rank(durations, q))


def test_quantiles_of_rolled_up_buckets_are_those_of_all_spans(con: duckdb.DuckDBPyConnection) -> None:
    for service, estimate in con.sql(
        "select service_name, latency_quantile(bucket_index, span_count, 0.95) from cube_span_latency "
        "where grain = 'hour' group by service_name"
    ).fetchall():
        spans = con.execute(
            "select duration_nano from fct_spans where service_name = ?", [service]
        ).fetchall()
        assert_near(estimate, nearest_rank([d for (d,) in spans], "0.95"))


def test_quantiles_of_the_rollup_are_those_of_its_buckets(con: duckdb.DuckDBPyConnection) -> None:
    quantiles = ", ".join(f"latency_quantile(bucket_index, span_count, {q})" for q in ("0.5", "0.95", "0.99"))
    assert_same(
        con,
        f"select event_date, operation_key, {quantiles} from cube_span_latency where grain = 'hour' "
        "group by all",
        "select event_date, operation_key, p50_nano, p95_nano, p99_nano from cube_rollup "
        "where level = 'service, operation'",
    )
