"""IC5 and TYPE on resources: one violation per resource and date with telemetry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from span_tables import DAY, LETTERS, span, table, text

from warehouse.integrity.resources import TELEMETRY_TABLES, resource_violations

Row = dict[str, Any]


def resource(key: int, service: str | None, attributes: Row | None = None, **more: Any) -> Row:
    entries = [(k, text(v)) for k, v in (attributes or {}).items()]
    letters = "".join(LETTERS[type(v)] for v in (attributes or {}).values())
    row = {"resource_key": key, "service_name": service, "attributes": entries, "attribute_types": letters}
    return row | more


NAMED = resource(1, "cart", {"host.name": "a", "process.pid": 7, "telemetry.sdk.language": "go"})
DEFECTS: dict[str, tuple[Row, str, str, str]] = {
    "no service.name": (
        resource(2, None, {"host.name": "b", "process.pid": 8}),
        "IC5",
        "error",
        "it says host.name = b, process.pid = 8.",
    ),
    "empty service.name": (resource(2, ""), "IC5", "error", "it says nothing."),
    "wrong type": (
        resource(2, "pay", {"process.pid": "8"}),
        "TYPE",
        "warning",
        "process.pid of the resource of pay is a string; the conventions have an integer.",
    ),
    "old name": (
        resource(2, "pay", {"deployment.environment": "prod"}),
        "TYPE",
        "info",
        "The resource of pay has deployment.environment; it is deprecated since 1.27.0.",
    ),
    "old name of an old schema": (
        resource(
            2, "pay", {"deployment.environment": "prod"}, schema_url="https://opentelemetry.io/schemas/1.9.0"
        ),
        "TYPE",
        "info",
        "schema 1.9.0 still has it, 1.27.0 renamed it.",
    ),
    "too deep": (
        resource(2, "pay") | {"attributes": [("x", "[" * 17 + "1" + "]" * 17)], "attribute_types": "a"},
        "TYPE",
        "error",
        "nests 18 deep",
    ),
}


def violations(folder: Path, resources: list[Row], rows: dict[str, list[Row]]) -> list[Row]:
    files: dict[str, list[str]] = {}
    streams = [{"stream_key": n, "resource_key": n, "metric_name": "m", "metric_type": "sum"} for n in (1, 2)]
    for name, own in (rows | {"resources": resources, "metric_streams": streams}).items():
        part = table(name, own)
        file = folder / f"{name}.parquet"
        pq.write_table(part.drop_columns([c for c in part.column_names if c == "event_date"]), file)
        files[name] = [str(file)]
    asked = {t: files[t] for t in TELEMETRY_TABLES if t in files}
    with duckdb.connect() as con:
        return resource_violations(con, DAY, asked, files["resources"], files["metric_streams"]).to_pylist()


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_one_violation(name: str, tmp_path: Path) -> None:
    defect, constraint, severity, words = DEFECTS[name]
    rows = {"spans": [span(resource_key=key) for key in (1, 2, 1, 2)]}
    (row,) = violations(tmp_path, [NAMED, defect, resource(3, None)], rows)
    assert (row["constraint_id"], row["severity"], row["event_date"]) == (constraint, severity, DAY)
    assert (row["resource_key"], row["trace_id"], row["span_id"]) == (2, None, None)
    assert words in row["detail"]


@pytest.mark.parametrize("name", TELEMETRY_TABLES)
def test_every_kind_of_telemetry_counts(name: str, tmp_path: Path) -> None:
    own = [{"stream_key": 2} if "points" in name else {"resource_key": 2}]
    found = violations(tmp_path, [resource(2, None), resource(3, None)], {name: own})
    assert [r["resource_key"] for r in found] == [2]


def test_the_fix_of_an_old_name_is_its_replacement(tmp_path: Path) -> None:
    resources = [resource(1, "pay", {"deployment.environment": "prod"})]
    (row,) = violations(tmp_path, resources, {"log_records": [{"resource_key": 1}]})
    assert row["fix"].startswith("Write deployment.environment.name instead:")


def test_clean_resources_and_dates_without_telemetry_have_no_violation(tmp_path: Path) -> None:
    assert violations(tmp_path, [NAMED], {"spans": [span(resource_key=1)]}) == []
    assert violations(tmp_path, [resource(2, None)], {}) == []
