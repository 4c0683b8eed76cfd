"""The integrity constraints of the lake: how much of each service's telemetry violates them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from data_quality.check import Check, Severity, no_rows
from data_quality.thresholds import Threshold
from warehouse.integrity.constraints import CONSTRAINTS

VIOLATIONS = "integrity_violations"
"""View of the schema `lake`; files built before there were violations lack it."""
_OF_SPANS = "select coalesce(service_name, '') as service, count(*) as items from lake.spans group by all"
_ITEMS = {
    "IC4": _OF_SPANS.replace("lake.spans", "lake.metric_streams"),
    # Its resources have no service: they are set against all resources.
    "IC5": "select '' as service, count(*) as items from lake.resources",
}
_BROKEN = {"IC4": "stream_key", "IC5": "resource_key"}
_NOUNS = {"IC4": "metric streams", "IC5": "resources"}
_QUERY = """
with limits as (
    select * from (values {limits}) as limits (service, share)
),
broken as (
    select coalesce(resources.service_name, '') as service, count(distinct {item}) as broken
    from lake.integrity_violations as violations
    left join lake.resources as resources on violations.resource_key = resources.resource_key
    where violations.constraint_id = '{constraint}' and violations.severity <> 'info'
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
        item=_BROKEN.get(constraint, "(violations.trace_id, violations.span_id, violations.resource_key)"),
        items=_ITEMS.get(constraint, _OF_SPANS),
        limits=", ".join(f"({_text(service)}, {number})" for service, number in limits),
        share=_NEVER if share is None else share,
    ).replace("distinct resource_key", "distinct violations.resource_key")
    most = "any share" if share is None else f"{share:.2%}"
    return no_rows(
        f"constraint_{constraint.lower()}_{severity}",
        "dim_service",
        f"at most {most} of the {_NOUNS.get(constraint, 'spans')} of every service violate {constraint}: "
        f"{CONSTRAINTS[constraint].description.rstrip('.')}",
        query,
        severity=severity,
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
