-- A day of spans with the columns of the exporter, in DuckDB.
copy (
    with links_of as (
        select
            trace_id,
            span_id,
            list(linked_trace_id order by ordinal) as traces,
            list(linked_span_id order by ordinal) as spans,
            list(coalesce(trace_state, '') order by ordinal) as states,
            list(attributes order by ordinal) as attributes
        from lake.span_links
        where event_date = $day
        group by trace_id, span_id
    ),

    events_of as (
        select
            trace_id,
            span_id,
            list(time_unix_nano order by ordinal) as times,
            list(name order by ordinal) as names,
            list($attributes_of_span_events order by ordinal) as attributes
        from lake.span_events as events
        where event_date = $day
        group by trace_id, span_id
    )

    select
        spans.start_time_unix_nano as "Timestamp",
        spans.trace_id as "TraceId",
        spans.span_id as "SpanId",
        coalesce(spans.parent_span_id, '') as "ParentSpanId",
        coalesce(spans.trace_state, '') as "TraceState",
        spans.name as "SpanName",
        ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'][spans.kind + 1] as "SpanKind",
        spans.service_name as "ServiceName",
        $attributes_of_resources as "ResourceAttributes",
        scopes.name as "ScopeName",
        scopes.version as "ScopeVersion",
        $attributes_of_spans as "SpanAttributes",
        spans.duration_nano as "Duration",
        ['Unset', 'Ok', 'Error'][spans.status_code + 1] as "StatusCode",
        coalesce(spans.status_message, '') as "StatusMessage",
        coalesce(events_of.times, []) as events_time,
        coalesce(events_of.names, []) as events_name,
        coalesce(events_of.attributes, []) as events_attributes,
        coalesce(links_of.traces, []) as links_trace,
        coalesce(links_of.spans, []) as links_span,
        coalesce(links_of.states, []) as links_state,
        coalesce(links_of.attributes, []) as links_attributes
    from lake.spans as spans
    inner join lake.resources as resources on spans.resource_key = resources.resource_key
    inner join lake.scopes as scopes on spans.scope_key = scopes.scope_key
    left join events_of on spans.trace_id = events_of.trace_id and spans.span_id = events_of.span_id
    left join links_of on spans.trace_id = links_of.trace_id and spans.span_id = links_of.span_id
    where spans.event_date = $day
) to $target (format parquet)
