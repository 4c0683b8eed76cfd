"""Metrics give what the cubes give; every consumer's models are declared as its exposure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
from dbt_under_test import DbtBuild

ROOT = Path(__file__).parents[2]
_AGGREGATES = {"sum": "sum({expr})", "sum_boolean": "count(*) filter (where {expr})"}


class _Metrics:
    """SQL of metrics, as the semantic manifest that dbt validated defines them."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        self.by_name = {metric["name"]: metric for metric in manifest["metrics"]}
        self._measures = {
            measure["name"]: (model, measure)
            for model in manifest["semantic_models"]
            for measure in model["measures"]
        }

    def by(self, con: duckdb.DuckDBPyConnection, name: str, dimension: str) -> dict[str, Any]:
        """The metric's value by a dimension of its semantic model."""
        parts, expression = self._parts(name)
        joined = " ".join(
            f"{'full join' if n else 'from'} ({self._simple(part, dimension)}) as {part} "
            f"{'using (grp)' if n else ''}"
            for n, part in enumerate(parts)
        )
        return dict(con.sql(f"select grp, {expression} {joined}").fetchall())

    def _parts(self, name: str) -> tuple[list[str], str]:
        """The simple metrics that a metric is made of, and the expression over them."""
        metric = self.by_name[name]
        given = metric["type_params"]
        if metric["type"] == "ratio":
            parts = [given["numerator"]["name"], given["denominator"]["name"]]
            return parts, f"{parts[0]} / {parts[1]}"
        if metric["type"] == "derived":
            return [part["name"] for part in given["metrics"]], given["expr"]
        return [name], name

    def _simple(self, name: str, dimension: str) -> str:
        metric = self.by_name[name]
        model, measure = self._measures[metric["type_params"]["measure"]["name"]]
        expr = measure["expr"] or measure["name"]
        if measure["agg"] == "percentile":
            assert measure["agg_params"]["use_discrete_percentile"]
            value = f"quantile_disc({expr}, {measure['agg_params']['percentile']})"
        else:
            value = _AGGREGATES[measure["agg"]].format(expr=expr)
        dimensions = {d["name"]: d["expr"] or d["name"] for d in model["dimensions"]}
        filters = [
            jinja2.Template(found["where_sql_template"]).render(
                Dimension=lambda qualified: dimensions[qualified.split("__")[1]]
            )
            for found in (metric["filter"] or {"where_filters": []})["where_filters"]
        ]
        relation = f"main.{model['node_relation']['alias']}"
        return (
            f"select {dimensions[dimension]} as grp, {value} as {name} from {relation} "
            f"where {' and '.join(filters) or 'true'} group by all"
        )


@pytest.fixture
def con(dbt_build: DbtBuild):
    with duckdb.connect(str(dbt_build.file), read_only=True) as connection:
        yield connection


_REQUESTS = "from cube_service_latency where grain = 'day' group by all"
_CALLS = "from cube_service_calls where grain = 'day' group by all"


def _quantile(q: str) -> str:
    return f"select service_name, main.latency_quantile(bucket_index, request_count, {q}) {_REQUESTS}"


_BY_CUBE = {
    "requests": f"select service_name, sum(request_count) {_REQUESTS}",
    "adjusted_requests": f"select service_name, sum(adjusted_request_count) {_REQUESTS}",
    "request_errors": f"select service_name, sum(error_count) {_REQUESTS}",
    "error_rate": f"select service_name, sum(error_count) / sum(request_count) {_REQUESTS}",
    "satisfied_requests": f"select service_name, sum(satisfied_count) {_REQUESTS}",
    "tolerating_requests": f"select service_name, sum(tolerating_count) {_REQUESTS}",
    "apdex": "select service_name, (sum(satisfied_count) + sum(tolerating_count) / 2) / sum(request_count) "
    + _REQUESTS,
    "spans": "select service_name, sum(span_count) from cube_span_latency where grain = 'day' group by all",
    "request_latency_p50": _quantile("0.5"),
    "request_latency_p95": _quantile("0.95"),
    "request_latency_p99": _quantile("0.99"),
    "calls": f"select callee_name, sum(call_count) {_CALLS}",
    "failed_calls": f"select callee_name, sum(error_count) {_CALLS}",
    "call_error_rate": f"select callee_name, sum(error_count) / sum(call_count) {_CALLS}",
}


@pytest.mark.parametrize("name", _BY_CUBE)
def test_a_metric_gives_what_the_cube_gives(
    dbt_build: DbtBuild, con: duckdb.DuckDBPyConnection, name: str
) -> None:
    metrics = _Metrics(dbt_build.semantic_manifest)
    found = metrics.by(con, name, "callee_name" if "call" in name else "service_name")
    expected = dict(con.sql(_BY_CUBE[name]).fetchall())
    assert len(found) >= 2
    tolerance = 0.0055 if "latency" in name else 1e-12
    assert {k: float(v) for k, v in found.items()} == pytest.approx(
        {k: float(v) for k, v in expected.items()}, rel=tolerance
    )


def test_every_metric_is_compared_with_a_cube(dbt_build: DbtBuild) -> None:
    assert set(_Metrics(dbt_build.semantic_manifest).by_name) == set(_BY_CUBE)


def test_exposures_name_what_their_code_reads(dbt_build: DbtBuild) -> None:
    """A consumer whose code names a mart declares it; `meta.code` tells where the code is."""
    marts = {
        n["name"]
        for n in dbt_build.manifest["nodes"].values()
        if n["resource_type"] == "model" and n["original_file_path"].startswith("models/marts/")
    }
    exposures = list(dbt_build.manifest["exposures"].values())
    assert len(exposures) >= 7
    for exposure in exposures:
        files = [
            file
            for place in exposure["meta"]["code"]
            for file in ([ROOT / place] if (ROOT / place).is_file() else (ROOT / place).rglob("*"))
            if file.suffix in (".py", ".yaml", ".sql", ".j2", ".json")
        ]
        words = {word for file in files for word in re.findall(r"\w+", file.read_text(encoding="utf-8"))}
        declared = {node.split(".")[-1] for node in exposure["depends_on"]["nodes"]}
        assert words & marts <= declared, exposure["name"]
        assert declared
