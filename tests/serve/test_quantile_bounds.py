"""Any quantile of any roll-up lies within 0.55 % of the exact nearest rank, whatever the durations are like.

Four generated distributions over eighty days and three months, and captures of real programs; ranges, grains
and quantiles are drawn by hypothesis.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from exact_quantiles import assert_near, nearest_rank
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views
from warehouse.serve.dbt_run import run_models
from warehouse.traces.assemble import assemble

pytestmark = pytest.mark.slow
CAPTURES = Path(__file__).parents[2] / "examples" / "data"
SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
FIRST, DAYS, SPANS = date(2026, 8, 20), 80, 2_000
DISTRIBUTIONS = ("lognormal", "bimodal", "constant", "heavy-tailed")
IN_RANGE = "event_date > '1970-01-01'"
REQUEST = f"{IN_RANGE} and (kind in (2, 5) or coalesce(is_root, false))"
QUANTILES = st.sampled_from(("0.5", "0.75", "0.9", "0.95", "0.99", "0.999"))


def _duration(distribution: str, rng: random.Random) -> int:
    match distribution:
        case "lognormal":
            return int(rng.lognormvariate(16, 1.5))
        case "bimodal":
            return int(rng.lognormvariate(*((13, 0.1) if rng.random() < 0.7 else (20, 0.2))))
        case "constant":
            return 1_000_003
        case _:
            return int(min(1e5 * rng.paretovariate(0.6), 1e15))


def _export(rng: random.Random) -> str:
    """One OTLP/JSON document: each distribution is a service with two operations."""
    resources = []
    for distribution in DISTRIBUTIONS:
        spans = []
        for _ in range(SPANS):
            start = int(datetime.combine(FIRST, datetime.min.time(), UTC).timestamp() * 1e9)
            start += rng.randrange(DAYS * 86_400 * 10**9)
            spans.append(
                {
                    "traceId": f"{rng.getrandbits(128):032x}",
                    "spanId": f"{rng.getrandbits(64):016x}",
                    "name": rng.choice(("read", "write")),
                    "kind": 2,
                    "startTimeUnixNano": str(start),
                    "endTimeUnixNano": str(start + _duration(distribution, rng)),
                }
            )
        attributes = [{"key": "service.name", "value": {"stringValue": distribution}}]
        resources.append({"resource": {"attributes": attributes}, "scopeSpans": [{"spans": spans}]})
    return json.dumps({"resourceSpans": resources})


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    print(f"OTLP_TEST_SEED={SEED}")
    root = tmp_path_factory.mktemp("quantiles")
    export, lake, file = root / "export.json", root / "lake", root / "star.duckdb"
    export.write_text(_export(random.Random(SEED)), encoding="utf-8")
    ingest([export, CAPTURES], lake)
    assemble(lake, settle=True)
    with duckdb.connect(str(file)) as con:
        lake_views.create(con, lake, snapshot(lake))
    run_models(file, root)
    with duckdb.connect(str(file), read_only=True) as con:
        con.execute("create temp table spans as select * from fct_spans")
        yield con


def _services(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The distributions, and every service of the captures."""
    found = con.sql("select service_name from dim_service where span_count > 0 order by all").fetchall()
    names = [name for (name,) in found]
    assert set(DISTRIBUTIONS) < set(names)
    return names


def _drawn_range(
    con: duckdb.DuckDBPyConnection, service: str, data: st.DataObject
) -> tuple[datetime, datetime]:
    """A range of five minutes up to all time of the service's spans; whole days and months come often."""
    first, last = con.execute(
        f"select min(started_at), max(started_at) from spans where service_name = ? and {IN_RANGE}", [service]
    ).fetchall()[0]
    first = first.replace(hour=0, minute=0, second=0, microsecond=0)
    minutes = int((last - first) / timedelta(minutes=1)) + 1
    unit = data.draw(st.sampled_from([5, 60, 1440]), "unit")
    steps = data.draw(st.tuples(*[st.integers(0, minutes // unit + 1)] * 2), "steps")
    low, high = sorted(steps)
    since = first + timedelta(minutes=low * unit)
    return since, max(first + timedelta(minutes=high * unit), since + timedelta(minutes=5))


def _durations(con: duckdb.DuckDBPyConnection, condition: str, values: list[object]) -> list[int]:
    query = f"select duration_nano from spans where {condition}"
    return [max(duration, 0) for (duration,) in con.execute(query, values).fetchall()]


@seed(SEED)
@SETTINGS
@given(data=st.data(), q=QUANTILES)
def test_requests_of_a_service_over_any_range(
    served: duckdb.DuckDBPyConnection, data: st.DataObject, q: str
) -> None:
    note(f"OTLP_TEST_SEED={SEED}")
    service = data.draw(st.sampled_from(_services(served)), "service")
    since, until = _drawn_range(served, service, data)
    condition = f"{REQUEST} and service_name = ? and started_at >= ? and started_at < ?"
    exact = nearest_rank(_durations(served, condition, [service, since, until]), q)
    found = served.execute(f"select latency_quantile({q}, ?, ?, ?)", [service, since, until]).fetchall()
    assert_near(found[0][0], exact)


@seed(SEED)
@SETTINGS
@given(data=st.data(), q=QUANTILES)
def test_spans_of_an_operation_over_any_range(
    served: duckdb.DuckDBPyConnection, data: st.DataObject, q: str
) -> None:
    note(f"OTLP_TEST_SEED={SEED}")
    service = data.draw(st.sampled_from(_services(served)), "service")
    names = served.execute(
        "select distinct span_name from dim_operation where service_name = ? order by all", [service]
    ).fetchall()
    (name,) = data.draw(st.sampled_from(names), "operation")
    since, until = _drawn_range(served, service, data)
    condition = f"{IN_RANGE} and service_name = ? and name = ? and started_at >= ? and started_at < ?"
    exact = nearest_rank(_durations(served, condition, [service, name, since, until]), q)
    found = served.execute(
        f"select latency_quantile({q}, ?, ?, ?, ?)", [service, name, since, until]
    ).fetchall()
    assert_near(found[0][0], exact)


@seed(SEED)
@SETTINGS
@given(data=st.data(), q=QUANTILES, grain=st.sampled_from(("5min", "hour", "day")))
def test_any_group_of_cells_of_any_grain(
    served: duckdb.DuckDBPyConnection, data: st.DataObject, q: str, grain: str
) -> None:
    """Merged buckets of some services and months: no macro chooses the cells here."""
    note(f"OTLP_TEST_SEED={SEED}")
    services = data.draw(st.sets(st.sampled_from(_services(served)), min_size=1), "services")
    months = data.draw(st.sets(st.integers(1, 12), min_size=1), "months")
    condition = "list_contains(?, service_name) and list_contains(?, month(event_date))"
    values = [sorted(services), sorted(months)]
    exact = nearest_rank(_durations(served, condition, values), q)
    found = served.execute(
        f"select latency_quantile(bucket_index, span_count, {q}) from cube_span_latency "
        f"where grain = '{grain}' and {condition}",
        values,
    ).fetchall()
    assert_near(found[0][0], exact)


@seed(SEED)
@SETTINGS
@given(
    durations=st.lists(st.integers(0, 2**62) | st.integers(1, 10**10), min_size=1, max_size=200), q=QUANTILES
)
def test_any_durations_at_all(served: duckdb.DuckDBPyConnection, durations: list[int], q: str) -> None:
    note(f"OTLP_TEST_SEED={SEED}")
    found = served.execute(
        f"select latency_quantile(exponential_bucket(d), 1, {q}) from unnest(?::bigint[]) as drawn (d)",
        [durations],
    ).fetchall()
    assert_near(found[0][0], nearest_rank(durations, q))
