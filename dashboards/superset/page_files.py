"""A dashboard as Superset keeps it: a grid of charts and the filters above it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.superset.model import Chart, Dashboard

# Telemetry without a usable time lies on 1970-01-01; it would squeeze every time axis.
_ALL_TIMES = "2000-01-01 : "


def page_file(dashboard: Dashboard, charts: Mapping[str, str], datasets: Mapping[str, str]) -> dict[str, Any]:
    """The content of a dashboard's file, but for its identifiers.

    Args:
        charts: title -> UUID.
        datasets: name -> UUID of the datasets that filters take their values from.
    """
    return {
        "dashboard_title": dashboard.title,
        "description": dashboard.description,
        "slug": dashboard.slug,
        "published": True,
        "css": "",
        "position": _position(dashboard, charts),
        "metadata": {
            "color_scheme": "supersetColors",
            "label_colors": dict(dashboard.label_colors),
            "cross_filters_enabled": True,
            "refresh_frequency": 0,
            "expanded_slices": {},
            "native_filter_configuration": [
                _time_filter(dashboard),
                *(
                    _value_filter(dashboard, label, datasets[dataset.name], column)
                    for label, dataset, column in dashboard.filters
                ),
            ],
        },
    }


def _position(dashboard: Dashboard, charts: Mapping[str, str]) -> Mapping[str, Any]:
    rows = [f"ROW-{number}" for number in range(len(dashboard.rows))]
    found: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "children": rows, "parents": ["ROOT_ID"]},
        "HEADER_ID": {"id": "HEADER_ID", "type": "HEADER", "meta": {"text": dashboard.title}},
    }
    for row, content in zip(rows, dashboard.rows, strict=True):
        places = [f"CHART-{charts[chart.title]}" for chart in content]
        found[row] = {
            "id": row,
            "type": "ROW",
            "children": places,
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for place, chart in zip(places, content, strict=True):
            found[place] = _place(place, row, chart, charts[chart.title])
    return found


def _place(place: str, row: str, chart: Chart, identifier: str) -> Mapping[str, Any]:
    return {
        "id": place,
        "type": "CHART",
        "children": [],
        "parents": ["ROOT_ID", "GRID_ID", row],
        "meta": {
            "uuid": identifier,
            "sliceName": chart.title,
            "width": chart.width,
            "height": chart.height,
            "chartId": 0,
        },
    }


def _time_filter(dashboard: Dashboard) -> Mapping[str, Any]:
    return {
        "id": f"NATIVE_FILTER-{dashboard.slug}-time",
        "name": "Time (UTC)",
        "filterType": "filter_time",
        "targets": [{}],
        "defaultDataMask": {
            "extraFormData": {"time_range": _ALL_TIMES},
            "filterState": {"value": _ALL_TIMES},
        },
        "controlValues": {"enableEmptyFilter": False},
        **_everywhere(),
    }


def _value_filter(dashboard: Dashboard, label: str, dataset: str, column: str) -> Mapping[str, Any]:
    return {
        "id": f"NATIVE_FILTER-{dashboard.slug}-{column}",
        "name": label,
        "filterType": "filter_select",
        "targets": [{"datasetUuid": dataset, "column": {"name": column}}],
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "controlValues": {
            "enableEmptyFilter": False,
            "multiSelect": True,
            "searchAllOptions": True,
            "creatable": True,
            "sortAscending": True,
        },
        **_everywhere(),
    }


def _everywhere() -> Mapping[str, Any]:
    return {
        "cascadeParentIds": [],
        "description": "",
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
        "type": "NATIVE_FILTER",
    }
