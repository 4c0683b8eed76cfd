"""The page: figures and drawings put into the template."""

from __future__ import annotations

from functools import partial

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from warehouse.amounts import counted, size
from warehouse.report import units
from warehouse.report.figures import Figures
from warehouse.report.heatmap import COLOURS, heat_map, legend
from warehouse.report.rows import Row
from warehouse.report.scales import Scale
from warehouse.report.service_graph import service_graph, severity
from warehouse.report.sparkline import sparkline
from warehouse.report.timelines import Frame, errors, latency, traffic, traffic_unit

WIDE, NARROW = 1080, 358
"""Widths of drawings for a desk and for a phone, pixels: the style sheet shows one of them."""
_LABELS = {WIDE: 46, NARROW: 34}
SERVICES_SHOWN = 40
_UNITS = {"s": "second", "min": "minute", "h": "hour", "day": "day"}


def render(figures: Figures) -> str:
    """HTML5 text: no script, no remote asset, the same for the same figures."""
    environment = Environment(
        loader=PackageLoader("warehouse.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        latency=units.latency,
        ratio=units.ratio,
        amount=units.amount,
        moment=units.moment,
        size=size,
        severity=severity,
    )
    seconds = figures.period.seconds
    graph = service_graph(figures.calls, figures.services, seconds)
    return environment.get_template("report.html").render(
        f=figures,
        css=Markup(environment.get_template("report.css").render(colours=COLOURS)),
        heading=units.heading(figures.period),
        traffic_unit=_UNITS[traffic_unit(figures.period, figures.timeline)[1]],
        step={"5min": "5 minutes", "hour": "hour", "day": "day"}[figures.period.grain],
        charts={
            name: Markup(_both(figures, draw))
            for name, draw in (("traffic", traffic), ("errors", errors), ("latency", latency))
        },
        heat=Markup(_both(figures, None)),
        heat_ends=legend(figures.heat),
        colours=range(1, COLOURS + 1),
        graph=Markup(graph.svg),
        nodes_left_out=graph.nodes_left_out,
        services=figures.services[:SERVICES_SHOWN],
        spark=_spark,
        stretch=lambda row: units.span_of_time(row["from_at"], row["to_at"]),
        rate=partial(units.rate, seconds=seconds),
        change=units.change,
        counted=counted,
        quantile_scale=_quantile_scale(figures.slowest),
        percent=_percent,
    )


def _both(figures: Figures, draw: object) -> str:
    """A chart over time for both widths; None draws the heat map."""
    drawn = []
    for width, name in ((WIDE, "wide"), (NARROW, "narrow")):
        frame = Frame(figures.period, width, _LABELS[width])
        if callable(draw):
            svg = draw(frame, figures.timeline, figures.failing)
        else:
            svg = heat_map(Frame(figures.period, width, _LABELS[width], 260), figures.heat)
        drawn.append(f'<div class="{name}">{svg}</div>')
    return "".join(drawn)


def _spark(row: Row) -> Markup:
    label = f"Requests of {row['service_name']} over time"
    return Markup(sparkline(row["requests_by_step"], row["errors_by_step"], label))


def _quantile_scale(rows: list[Row]) -> Scale:
    """Places in percent for p50 to p99 of the slowest operations, by logarithm."""
    values = [row[q] for row in rows for q in ("p50_nano", "p99_nano") if row[q]]
    return Scale(min(values, default=1) * 0.9, max(values, default=10) * 1.1, 0, 100, is_log=True)


def _percent(part: float, whole: float) -> str:
    """A length for a style attribute."""
    return f"{100 * part / (whole or 1):.2f}%"
