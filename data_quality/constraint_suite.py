"""The integrity constraints of the lake: how much of each service's telemetry violates them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from data_quality.check import Check, Severity, no_rows
from data_quality.thresholds import Threshold
from warehouse.integrity.constraints import CONSTRAINTS

VIOLATIONS = "fct_integrity_violations"
"""Files built before there were violations lack it."""
_SPANS = (
    "select service_name as service, sum(span_count) as items from cube_span_latency_cells "
    "where grain = 'day' group by all"
)
_ITEMS = {
    "IC4": "select service_name as service, count(*) as items from dim_metric_stream group by all",
    # Its resources have no service: they are set against all resources.
    "IC5": "select '(unnamed)' as service, count(*) as items from dim_resource",
}
_BROKEN = {"IC4": "stream_key", "IC5": "resource_key"}
_NOUNS = {"IC4": "metric streams", "IC5": "resources"}
_QUERY = """
with limits as (
    select * from (values {limits}) as limits (service, share)
),
broken as (
    select coalesce(service_name, '(unnamed)') as service, count(distinct {item}) as broken
    from {{batch}}
    where constraint_id = '{constraint}' and severity <> 'info'
    group by all
),
items as ({items})
select broken.service, broken.broken, items.items
from broken
left join items on broken.service = items.service
left join limits on broken.service = limits.service
where broken.broken > coalesce(limits.share, {share}) * coalesce(items.items, 0)
"""
_NEVER = 2.0
"""A share that nothing exceeds."""


def constraints(thresholds: Mapping[str, Threshold]) -> list[Check]:
    """A check per constraint and severity that some threshold can reach; services that exceed it fail it."""
    return [
        _check(constraint, threshold, severity)
        for constraint, threshold in thresholds.items()
        if constraint in CONSTRAINTS
        for severity in get_args(Severity)
        if severity in threshold.shares or any(severity in own for own in threshold.services.values())
    ]


def _check(constraint: str, threshold: Threshold, severity: Severity) -> Check:
    share = threshold.share(severity)
    limits = [("", _NEVER if share is None else share)]
    for service in threshold.services:
        own = threshold.share(severity, service)
        limits.append((service, _NEVER if own is None else own))
    query = _QUERY.format(
        constraint=constraint,
        item=_BROKEN.get(constraint, "(trace_id, span_id, resource_key)"),
        items=_ITEMS.get(constraint, _SPANS),
        limits=", ".join(f"({_text(service)}, {number})" for service, number in limits),
        share=_NEVER if share is None else share,
    )
    most = "any share" if share is None else f"{share * 100:g}%"
    return no_rows(
        f"constraint_{constraint.lower()}_{severity}",
        VIOLATIONS,
        f"at most {most} of the {_NOUNS.get(constraint, 'spans')} of every service violate {constraint}: "
        f"{CONSTRAINTS[constraint].description.rstrip('.')}",
        query,
        severity=severity,
        remedy=f"run `otlp-warehouse check --constraint {constraint}` for what to do about each",
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
