"""The kinds of chart in use: a few choices of a chart become the settings of a Superset plug-in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dashboards.superset.model import Chart, Dataset, Query

HOUR, DAY = "PT1H", "P1D"
_TIME_FORMAT = "smart_date"


def big_number(title: str, dataset: Dataset, metric: str, *, width: int = 2, description: str = "") -> Chart:
    """One number over the chosen time, with its days as a line behind it."""
    query = Query(columns=(_time(dataset),), metrics=(metric,), time_grain=DAY)
    form = {
        "x_axis": _time(dataset),
        "time_grain_sqla": DAY,
        "metric": metric,
        "aggregation": "raw",
        "show_trend_line": True,
        "start_y_axis_at_zero": True,
        "header_font_size": 0.4,
        "y_axis_format": dataset.metric(metric).number_format,
        "time_format": _TIME_FORMAT,
        "color_picker": {"r": 31, "g": 119, "b": 180, "a": 1},
    }
    return Chart(title, description, dataset, "big_number", query, form, width, 28)


def over_time(
    title: str,
    dataset: Dataset,
    metrics: tuple[str, ...],
    *,
    by: str | None = None,
    grain: str = DAY,
    style: str = "line",
    series_limit: int = 10,
    width: int = 6,
    height: int = 50,
    description: str = "",
) -> Chart:
    """Metrics over time: a line or bar for each of them or for each value of `by`.

    No areas: they would fill hours in which there was nothing.
    """
    columns = (_time(dataset), *((by,) if by else ()))
    stacked = style == "bar"
    form = {
        "x_axis": _time(dataset),
        "time_grain_sqla": grain,
        "metrics": list(metrics),
        "groupby": [by] if by else [],
        "limit": series_limit if by else None,
        "timeseries_limit_metric": metrics[0] if by else None,
        "order_desc": True,
        "row_limit": 50_000,
        "stack": "Stack" if stacked else None,
        "markerEnabled": True,
        "markerSize": 4,
        "truncate_metric": True,
        "show_legend": True,
        "legendType": "scroll",
        "legendOrientation": "top",
        "rich_tooltip": True,
        "showTooltipTotal": stacked,
        "tooltipTimeFormat": _TIME_FORMAT,
        "x_axis_time_format": _TIME_FORMAT,
        "y_axis_format": dataset.metric(metrics[0]).number_format,
        "y_axis_bounds": [0, None],
        "truncateYAxis": True,
    }
    plugin = {"line": "echarts_timeseries_line", "bar": "echarts_timeseries_bar"}
    query = Query(columns=columns, metrics=metrics, row_limit=50_000, time_grain=grain)
    return Chart(title, description, dataset, plugin[style], query, form, width, height)


def bars(
    title: str,
    dataset: Dataset,
    metrics: tuple[str, ...],
    by: str,
    *,
    limit: int = 15,
    order: tuple[str, bool] | None = None,
    width: int = 6,
    height: int = 50,
    where: str | None = None,
    left: int = 160,
    description: str = "",
) -> Chart:
    """Horizontal bars, stacked when metrics are several; `order` is (metric, ascending from the top)."""
    by_metric, ascending = order or (metrics[0], False)
    asked = tuple(dict.fromkeys((*metrics, by_metric)))
    form = {
        "x_axis": by,
        "x_axis_force_categorical": True,
        "orientation": "horizontal",
        "metrics": list(metrics),
        "groupby": [],
        "timeseries_limit_metric": by_metric,
        "order_desc": not ascending,
        "row_limit": limit,
        "x_axis_sort": by_metric,
        "x_axis_sort_asc": not ascending,
        "stack": "Stack" if len(metrics) > 1 else None,
        "show_legend": len(metrics) > 1,
        "legendOrientation": "top",
        "show_value": len(metrics) == 1,
        "rich_tooltip": True,
        "truncate_metric": True,
        "y_axis_format": dataset.metric(metrics[0]).number_format,
        "x_axis_title_margin": left,
        "y_axis_title_margin": 30,
        "y_axis_title_position": "Left",
    }
    query = Query((by,), asked, ((by_metric, ascending),), limit, where=where)
    return Chart(title, description, dataset, "echarts_timeseries_bar", query, form, width, height)


def table(
    title: str,
    dataset: Dataset,
    by: tuple[str, ...],
    metrics: tuple[str, ...],
    *,
    order: str | None = None,
    limit: int = 100,
    width: int = 12,
    height: int = 60,
    where: str | None = None,
    colors: tuple[Mapping[str, Any], ...] = (),
    short: Mapping[str, int] | None = None,
    description: str = "",
) -> Chart:
    """A row per group, greatest `order` first; clicking a cell filters the other charts of the page.

    `short` gives pixels for columns whose longest texts would push others out of sight.
    """
    order = order or metrics[0]
    form = {
        "query_mode": "aggregate",
        "groupby": list(by),
        "metrics": list(metrics),
        "timeseries_limit_metric": order,
        "order_desc": True,
        "row_limit": limit,
        "server_page_length": 20,
        "show_cell_bars": False,
        "table_timestamp_format": "%Y-%m-%d %H:%M:%S",
        "include_search": limit > 20,
        "allow_rearrange_columns": True,
        "column_config": {
            metric: {"d3NumberFormat": dataset.metric(metric).number_format} for metric in metrics
        }
        | {
            name: {"columnWidth": pixels, "truncateLongCells": True} for name, pixels in (short or {}).items()
        },
        "conditional_formatting": [dict(color) for color in colors],
        "emitCrossFilters": True,
    }
    query = Query(by, tuple(dict.fromkeys((*metrics, order))), ((order, False),), limit, where=where)
    return Chart(title, description, dataset, "table", query, form, width, height)


def records(
    title: str,
    dataset: Dataset,
    columns: tuple[str, ...],
    *,
    order: tuple[str, bool],
    limit: int = 500,
    width: int = 12,
    height: int = 60,
    where: str | None = None,
    formats: Mapping[str, str] | None = None,
    description: str = "",
) -> Chart:
    """Rows as they are, without grouping; `order` is (column, ascending)."""
    form = {
        "query_mode": "raw",
        "all_columns": list(columns),
        "order_by_cols": [json.dumps(list(order))],
        "row_limit": limit,
        "server_page_length": 20,
        "show_cell_bars": False,
        "include_search": True,
        "table_timestamp_format": "%Y-%m-%d %H:%M:%S",
        "allow_rearrange_columns": True,
        "column_config": {name: {"d3NumberFormat": text} for name, text in (formats or {}).items()},
    }
    query = Query(columns, (), (order,), limit, where=where)
    return Chart(title, description, dataset, "table", query, form, width, height)


def heatmap(
    title: str,
    dataset: Dataset,
    metric: str,
    x: str,
    y: str,
    *,
    grain: str = DAY,
    width: int = 6,
    height: int = 50,
    description: str = "",
) -> Chart:
    """Two columns against each other, a metric as colour."""
    form = {
        "x_axis": x,
        "time_grain_sqla": grain,
        "groupby": y,
        "metric": metric,
        "row_limit": 50_000,
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_asc",
        "linear_color_scheme": "oranges",
        "normalize_across": "heatmap",
        "legend_type": "continuous",
        "show_legend": True,
        "show_percentage": False,
        "show_values": False,
        "x_axis_time_format": _TIME_FORMAT,
        "xscale_interval": -1,
        "yscale_interval": 1,
        "left_margin": 75,
        "bottom_margin": 50,
        "value_bounds": [None, None],
        "y_axis_format": dataset.metric(metric).number_format,
    }
    query = Query((x, y), (metric,), row_limit=50_000, time_grain=grain)
    return Chart(title, description, dataset, "heatmap_v2", query, form, width, height)


def graph(
    title: str, dataset: Dataset, metric: str, source: str, target: str, *, description: str = ""
) -> Chart:
    """Who is connected to whom; the metric is the width of the arrow."""
    form = {
        "source": source,
        "target": target,
        "metric": metric,
        "layout": "force",
        "edgeSymbol": "none,arrow",
        "edgeLength": 130,
        "repulsion": 900,
        "gravity": 0.35,
        "friction": 0.25,
        "baseNodeSize": 18,
        "baseEdgeWidth": 3,
        "draggable": True,
        "roam": True,
        "selectedMode": "single",
        "show_legend": False,
        "row_limit": 1_000,
        "color_scheme": "supersetColors",
    }
    query = Query((source, target), (metric,), row_limit=1_000)
    return Chart(title, description, dataset, "graph_chart", query, form, 12, 92)


def treemap(
    title: str, dataset: Dataset, metric: str, by: tuple[str, ...], *, width: int = 6, height: int = 60
) -> Chart:
    """Shares of a whole as areas, nested in the order of `by`."""
    form = {
        "groupby": list(by),
        "metric": metric,
        "row_limit": 200,
        "label_type": "key_value",
        "show_labels": True,
        "show_upper_labels": True,
        "number_format": dataset.metric(metric).number_format,
        "color_scheme": "supersetColors",
    }
    query = Query(by, (metric,), ((metric, False),), 200)
    return Chart(title, "", dataset, "treemap_v2", query, form, width, height)


def _time(dataset: Dataset) -> str:
    if dataset.time_column is None:
        raise ValueError(f"dataset {dataset.name} has no time column")
    return dataset.time_column
