"""A chart as Superset keeps it: what the plug-in shows, and the query that the server answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dashboards.superset.model import Chart


def chart_file(chart: Chart) -> dict[str, Any]:
    """The content of a chart's file, but for its identifiers."""
    form = {"viz_type": chart.viz, **chart.form, "adhoc_filters": _conditions(chart)}
    return {
        "slice_name": chart.title,
        "description": chart.description or None,
        "viz_type": chart.viz,
        "params": {key: value for key, value in form.items() if value is not None},
        "query_context": json.dumps(_query_context(chart), sort_keys=True),
        "cache_timeout": None,
    }


def _conditions(chart: Chart) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    if chart.dataset.time_column:
        found.append(
            {
                "clause": "WHERE",
                "expressionType": "SIMPLE",
                "subject": chart.dataset.time_column,
                "operator": "TEMPORAL_RANGE",
                "comparator": "No filter",
            }
        )
    if chart.query.where:
        found.append({"clause": "WHERE", "expressionType": "SQL", "sqlExpression": chart.query.where})
    return found


def _query_context(chart: Chart) -> Mapping[str, Any]:
    """The request for the chart's data, so that it can be asked for without a browser."""
    query, time = chart.query, chart.dataset.time_column
    asked = {
        "columns": [
            _axis(name, query.time_grain) if name == time and query.time_grain else name
            for name in query.columns
        ],
        "metrics": list(query.metrics),
        "orderby": [list(order) for order in query.order_by],
        "row_limit": query.row_limit,
        "filters": [{"col": time, "op": "TEMPORAL_RANGE", "val": "No filter"}] if time else [],
        "extras": {"where": query.where or "", "having": ""},
        "time_range": "No filter",
    }
    return {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [asked],
        "result_format": "json",
        "result_type": "full",
    }


def _axis(name: str, grain: str) -> Mapping[str, str]:
    return {
        "columnType": "BASE_AXIS",
        "expressionType": "SQL",
        "label": name,
        "sqlExpression": name,
        "timeGrain": grain,
    }
