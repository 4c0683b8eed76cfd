"""Calls between services in Spark SQL: the definitions of dbt's `fct_service_calls`."""

from __future__ import annotations

from warehouse.schemas.promoted import promoted_in


def attribute(key: str) -> str:
    """The value of a promoted span attribute: its column, then the map under the current and older names.

    Whole numbers in texts are read as DuckDB casts them: rounded, half away from zero.
    """
    declared = next(p for p in promoted_in("spans") if p.key == key)
    texts = [f"attributes['{name}']" for name in (key, *declared.aliases)]
    if declared.column.type == "bigint":
        texts = [f"try_cast(round(try_cast({text} as decimal(38, 9))) as bigint)" for text in texts]
    return f"coalesce({declared.column.name}, {', '.join(texts)})"


def named(service: str) -> str:
    """Telemetry without a service name has rows under a name of its own."""
    return f"coalesce(nullif({service}, ''), '(unnamed)')"


_CONNECTION = f"""case
        when {attribute("db.system.name")} is not null then 'db'
        when coalesce({attribute("messaging.system")}, {attribute("messaging.destination.name")}) is not null
            then 'messaging'
        when coalesce({attribute("rpc.system.name")}, {attribute("rpc.method")}) is not null then 'rpc'
        when coalesce({attribute("http.request.method")}, {attribute("url.full")}) is not null then 'http'
        when kind in (4, 5) then 'messaging'
        else 'other'
    end"""

# Nearly every caller is answered when it has a child and not when it has none: only the others are listed.
ANSWERED = """
with callers as (
    select event_date, trace_id, span_id, child_count, case kind when 3 then 2 else 5 end as callee_kind
    from {spans}
    where kind in (3, 4) and issues & 4 = 0 and (kind = 4 or child_count > 0)
),

links as (
    select links.event_date, links.linked_trace_id, links.linked_span_id
    from {links} as links
    inner join {spans} as consumers
        on links.event_date = consumers.event_date
        and links.trace_id = consumers.trace_id
        and links.span_id = consumers.span_id
    where consumers.kind = 5
),

without_child as (
    select callers.*
    from callers
    left anti join {spans} as children
        on callers.trace_id = children.trace_id
        and callers.span_id = children.parent_span_id
        and callers.callee_kind = children.kind
)

select
    without_child.event_date,
    without_child.trace_id,
    without_child.span_id,
    bool_or(without_child.callee_kind = 5 and links.linked_span_id is not null) as is_answered
from without_child
left join links
    on without_child.event_date = links.event_date
    and without_child.trace_id = links.linked_trace_id
    and without_child.span_id = links.linked_span_id
group by without_child.event_date, without_child.trace_id, without_child.span_id, without_child.child_count
having is_answered = (without_child.child_count = 0)
"""

CALLS = f"""
with named as (
    select
        *,
        {_CONNECTION} as connection_kind,
        nullif({attribute("service.peer.name")}, '') as peer_service,
        nullif({attribute("messaging.destination.name")}, '') as peer_queue,
        nullif({attribute("server.address")}, '') as peer_host,
        nullif(concat_ws('/', {attribute("db.system.name")}, {attribute("db.namespace")}), '')
            as peer_database
    from {{spans}}
),

inferred as (
    select
        named.*,
        coalesce(
            peer_service,
            case connection_kind when 'db' then peer_database when 'messaging' then peer_queue end,
            peer_host
        ) as peer_name
    from named
    left join {{answered}} as exceptions
        on named.event_date = exceptions.event_date
        and named.trace_id = exceptions.trace_id
        and named.span_id = exceptions.span_id
    where named.kind in (3, 4) and issues & 4 = 0 and not coalesce(exceptions.is_answered, child_count > 0)
)

select
    event_date, start_time_unix_nano, duration_nano, adjusted_count,
    {named("parent_service_name")} as caller_service_name,
    {named("service_name")} as callee_name,
    'service' as callee_type,
    connection_kind,
    false as is_inferred,
    status_code = 2 as is_error
from named
where is_remote_parent
union all
select
    event_date, start_time_unix_nano, duration_nano, adjusted_count,
    {named("service_name")} as caller_service_name,
    peer_name as callee_name,
    case
        when peer_service is not null then 'service'
        when connection_kind = 'db' then 'database'
        when connection_kind = 'messaging' and peer_queue is not null then 'queue'
        else 'host'
    end as callee_type,
    connection_kind,
    true as is_inferred,
    status_code = 2 as is_error
from inferred
where peer_name is not null
"""
