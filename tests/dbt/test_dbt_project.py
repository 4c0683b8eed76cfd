"""The dbt project: every test passes, every model says its grain, rendered files are fresh."""

from __future__ import annotations

from typing import Any

import pytest
from dbt_under_test import DbtBuild

from warehouse.schemas.dbt_sources import (
    PROMOTED_FILE,
    SOURCES_FILE,
    render_promoted_macro,
    render_sources,
    write,
)
from warehouse.schemas.promoted import promoted_in
from warehouse.schemas.registry import TABLES
from warehouse.serve.project import project_dir

STALE = "stale: run `python -m warehouse.schemas.dbt_sources dbt`"


def _models(build: DbtBuild, folder: str = "") -> dict[str, dict[str, Any]]:
    nodes = (n for n in build.manifest["nodes"].values() if n["resource_type"] == "model")
    return {n["name"]: n for n in nodes if n["original_file_path"].startswith(f"models/{folder}")}


def test_rendered_files_are_fresh(tmp_path) -> None:
    assert (project_dir() / SOURCES_FILE).read_text(encoding="utf-8") == render_sources(), STALE
    assert (project_dir() / PROMOTED_FILE).read_text(encoding="utf-8") == render_promoted_macro(), STALE
    for file in (SOURCES_FILE, PROMOTED_FILE):
        (tmp_path / file).parent.mkdir(parents=True)
    write(tmp_path)
    assert (tmp_path / SOURCES_FILE).read_text(encoding="utf-8") == render_sources()


def test_every_model_and_test_passes(dbt_build: DbtBuild) -> None:
    wrong = {
        node: result
        for node, result in dbt_build.results.items()
        if result[0] not in ("success", "pass", "no-op")  # exposures and metrics have nothing to run
    }
    assert wrong == {}
    kinds = [node.split(".")[0] for node in dbt_build.results]
    assert kinds.count("model") == len(_models(dbt_build)) > 40
    assert kinds.count("test") > 100
    assert kinds.count("unit_test") >= 13


def test_every_lake_table_has_its_source_and_every_other_its_staging_view(dbt_build: DbtBuild) -> None:
    sources = {s["name"] for s in dbt_build.manifest["sources"].values() if s["source_name"] == "lake"}
    assert sources == set(TABLES)
    # Until traces are assembled the landing tables stand in for spans and their children.
    staged = {f"stg_otlp__{t}" for t in TABLES if not t.endswith("_landing")}
    assert set(_models(dbt_build, "staging/")) == staged


def test_every_description_opens_with_the_grain(dbt_build: DbtBuild) -> None:
    undescribed = [
        name
        for name, model in _models(dbt_build).items()
        if not model["description"].startswith("One row per ")
    ]
    assert undescribed == []


def test_marts_are_contracts_with_every_column_described(dbt_build: DbtBuild) -> None:
    marts = _models(dbt_build, "marts/")
    assert len(marts) >= 24
    for name, model in marts.items():
        assert model["config"]["contract"]["enforced"], name
        bare = [c["name"] for c in model["columns"].values() if not c["description"] or not c["data_type"]]
        assert bare == [], name


def test_cubes_state_grain_unit_and_bucket_column(dbt_build: DbtBuild) -> None:
    for name in ("cube_span_latency", "cube_span_latency_cells", "cube_service_latency"):
        description = _models(dbt_build)[name]["description"]
        assert all(word in description for word in ("`hour` or `day`", "nanoseconds", "bucket_index")), name


def test_every_mart_has_a_key_or_keys_that_resolve(dbt_build: DbtBuild) -> None:
    tested = {
        node["attached_node"].split(".")[-1]
        for node in dbt_build.manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node.get("test_metadata", {}).get("name") in ("unique_key", "relationships")
    }
    assert set(_models(dbt_build, "marts/")) - tested == {"fct_quality_results"} - tested


@pytest.mark.parametrize(
    ("fact", "table"),
    [("fct_spans", "spans"), ("fct_span_events", "span_events"), ("fct_log_records", "log_records")],
)
def test_promoted_columns_of_facts_are_those_of_the_registry(
    dbt_build: DbtBuild, fact: str, table: str
) -> None:
    columns = _models(dbt_build)[fact]["columns"]
    for attribute in promoted_in(table):
        assert columns[attribute.column.name]["description"] == attribute.column.doc


def test_no_relation_is_named_with_its_database(dbt_build: DbtBuild) -> None:
    """Compiled models keep working when the served file has another name than the build file."""
    for name, model in _models(dbt_build).items():
        assert '"build".' not in model["compiled_code"], name
