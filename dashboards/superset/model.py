"""What a dashboard is made of: datasets with metrics, charts on them, rows of charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Metric:
    """An aggregate of a dataset: SQL over its columns, and how the number is written (a d3 format)."""

    name: str
    label: str
    sql: str
    number_format: str
    description: str


@dataclass(frozen=True)
class Dataset:
    """A query on the served file.

    `models` are the dbt models whose column descriptions hold here, the first that has the column wins;
    `columns` describes what the query itself computes, as (label, description).
    """

    name: str
    description: str
    sql: str
    models: tuple[str, ...]
    time_column: str | None = None
    metrics: tuple[Metric, ...] = ()
    columns: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def metric(self, name: str) -> Metric:
        """The metric of that name."""
        return next(metric for metric in self.metrics if metric.name == name)


@dataclass(frozen=True)
class Query:
    """What a chart asks of its dataset, whoever draws it."""

    columns: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    order_by: tuple[tuple[str, bool], ...] = ()
    row_limit: int = 10_000
    time_grain: str | None = None
    where: str | None = None


@dataclass(frozen=True)
class Chart:
    """One picture: `form` holds the settings of Superset's plug-in `viz`."""

    title: str
    description: str
    dataset: Dataset
    viz: str
    query: Query
    form: Mapping[str, Any]
    width: int
    height: int


@dataclass(frozen=True)
class Dashboard:
    """A page: filters above, rows of charts below; widths of a row add up to 12."""

    title: str
    slug: str
    description: str
    filters: tuple[tuple[str, Dataset, str], ...]
    rows: tuple[tuple[Chart, ...], ...]
    time_range: str = "No filter"
    label_colors: Mapping[str, str] = field(default_factory=dict)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """All charts, row by row."""
        return tuple(chart for row in self.rows for chart in row)
