{{ config(materialized='by_date') }}
-- Nearly every caller is answered when it has a child and not when it has none: only the others are listed.
with callers as (
    select
        event_date,
        trace_id,
        span_id,
        child_count,
        case kind when 3 then 2 when 4 then 5 end as callee_kind
    from {{ ref('stg_otlp__spans') }}
    where
        kind in (3, 4)
        and issues & 4 = 0
        and (kind = 4 or child_count > 0)
        and {{ is_due('event_date') }}
),

children as (
    select
        trace_id,
        parent_span_id,
        kind
    from {{ ref('stg_otlp__spans') }}
    where kind in (2, 5) and parent_span_id is not null and {{ is_near_due('event_date') }}
),

links as (
    select
        links.event_date,
        links.linked_trace_id,
        links.linked_span_id
    from {{ ref('stg_otlp__span_links') }} as links
    inner join {{ ref('stg_otlp__spans') }} as consumers
        on
            links.event_date = consumers.event_date
            and links.trace_id = consumers.trace_id
            and links.span_id = consumers.span_id
    where
        consumers.kind = 5
        and {{ is_due('consumers.event_date') }}
        and {{ is_due('links.event_date') }}
),

without_child as (
    select callers.*
    from callers
    {{ anti_join() }} children
        on
            callers.trace_id = children.trace_id
            and callers.span_id = children.parent_span_id
            and callers.callee_kind = children.kind
),

judged as (
    select
        without_child.event_date,
        without_child.trace_id,
        without_child.span_id,
        without_child.child_count,
        bool_or(without_child.callee_kind = 5 and links.linked_span_id is not null) as is_answered
    from without_child
    left join links
        on
            without_child.event_date = links.event_date
            and without_child.trace_id = links.linked_trace_id
            and without_child.span_id = links.linked_span_id
    group by all
)

select
    event_date,
    trace_id,
    span_id,
    is_answered
from judged
where is_answered = (child_count = 0)
