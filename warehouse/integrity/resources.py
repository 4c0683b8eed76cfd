"""IC5 and TYPE on resources: told once per resource and date with telemetry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.attribute_values import too_deep, wrong_types
from warehouse.integrity.columns import arrow, flat
from warehouse.integrity.conventions import attributes, coded, positions
from warehouse.integrity.deprecations import instead, state
from warehouse.integrity.entries import Entries
from warehouse.integrity.points import POINT_TABLES
from warehouse.integrity.rendering import SCHEMA, in_order, render_violations
from warehouse.schemas.arrow import text_array

_OF_ROWS = "select resource_key from read_parquet(${table}, hive_partitioning = false)"
_OF_POINTS = (
    "select resource_key from read_parquet($streams) where stream_key in "
    "(select stream_key from read_parquet(${table}, hive_partitioning = false))"
)
_KEYS = dict.fromkeys(("spans", "log_records"), _OF_ROWS) | dict.fromkeys(POINT_TABLES, _OF_POINTS)
TELEMETRY_TABLES = tuple(_KEYS)
"""Tables whose rows of a date make a resource one with telemetry of it."""
_RESOURCES = """
select
    resource_key,
    schema_url,
    service_name as service,
    attributes,
    attribute_types,
    case when len(map_keys(attributes)) = 0 then 'nothing' else array_to_string(
        list_transform(map_entries(attributes)[:4], lambda e: e.key || ' = ' || e.value[:60]), ', '
    ) end as said
from read_parquet($resources)
where resource_key in ({keys})
order by resource_key
"""


def resource_violations(
    con: duckdb.DuckDBPyConnection,
    event_date: date,
    files: Mapping[str, Sequence[str]],
    resources: Sequence[str],
    streams: Sequence[str],
) -> pa.Table:
    """Rows of `integrity_violations` for the resources that sent telemetry on one date.

    `files` lists the date's Parquet files of `TELEMETRY_TABLES`, `resources` and `streams` those of the whole
    tables `resources` and `metric_streams`. A resource without service.name is one violation of IC5; its
    attributes are held to the semantic conventions like those of spans.
    """
    asked = {t: list(files[t]) for t in TELEMETRY_TABLES if files.get(t)}
    if not asked or not resources:
        return SCHEMA.empty_table()
    keys = " union ".join(_KEYS[table].replace("{table}", table) for table in asked)
    values = asked | {"resources": list(resources)}
    if any(table in POINT_TABLES for table in asked):
        values["streams"] = list(streams)
    rows = con.execute(_RESOURCES.format(keys=keys), values).to_arrow_table().combine_chunks()
    return in_order(pa.concat_tables(_rendered(event_date, *found) for found in _found(rows)))


def _rendered(event_date: date, finding: str, rows: pa.Table, more: dict[str, pa.Array]) -> pa.Table:
    of_all = {
        "event_date": pa.repeat(pa.scalar(event_date), len(rows)),
        "finding": pa.repeat(pa.scalar(finding), len(rows)),
        "resource_key": rows.column("resource_key"),
        "service": rows.column("service"),
    }
    return render_violations(pa.table(of_all | more))


def _found(rows: pa.Table) -> Iterator[tuple[str, pa.Table, dict[str, pa.Array]]]:
    """Findings with the resources that have them, a row each, and what else their sentences name."""
    unnamed = rows.filter(pc.equal(pc.fill_null(rows.column("service"), ""), ""))
    yield "missing_service_name", unnamed, {"said": unnamed.column("said")}
    entries = Entries.of(flat(rows.column("attributes")), flat(rows.column("attribute_types")))
    places = positions(entries.keys)
    of_entry = places[entries.key_codes]
    wrong, (deep, depth) = wrong_types(entries, places), too_deep(entries)
    code = coded(of_entry[wrong], entries.letters[wrong])
    yield "wrong_resource_attribute_type", rows.take(arrow(entries.rows(wrong))), {"value": arrow(code)}
    yield "deep_resource_value", rows.take(arrow(entries.rows(deep))), {"value": arrow(depth)}
    old = np.flatnonzero(np.array([*(a.is_deprecated for a in attributes()), False])[of_entry])
    holders = rows.take(arrow(entries.rows(old)))
    kept = [attributes()[position] for position in of_entry[old]]
    schemas = holders.column("schema_url").to_pylist()
    yield (
        "deprecated_resource_attribute",
        holders,
        {
            "attribute": text_array(a.key for a in kept),
            "state": text_array(state(a, schema) for a, schema in zip(kept, schemas, strict=True)),
            "instead": text_array(map(instead, kept)),
        },
    )
