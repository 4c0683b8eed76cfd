with spans as (
    select
        *,
        {{ is_id('trace_id') }} and {{ is_id('span_id') }} as has_valid_ids,
        {{ is_id('parent_span_id') }} as has_parent_id
    from {{ ref('stg_otlp__spans') }}
),

numbered as (
    select
        *,
        -- Assembly keeps the copy that ends last, then the one with the greatest content hash.
        case
            when has_valid_ids
                then row_number() over (
                    partition by has_valid_ids, trace_id, span_id
                    order by
                        start_time_unix_nano + greatest(duration_nano, 0) desc,
                        content_key desc,
                        file_key,
                        byte_offset,
                        record_ordinal
                )
            else 1
        end as copy_number,
        -- Equalities alone make the join a hash join: a condition on one side would have it compare every pair.
        case when has_valid_ids and has_parent_id then parent_span_id end as parent_edge_id
    from spans
),

parents as (
    select
        trace_id,
        span_id,
        service_name,
        operation_key
    from numbered
    where has_valid_ids and copy_number = 1
)

select
    spans.event_date,
    spans.trace_id,
    spans.span_id,
    spans.parent_span_id,
    spans.content_key,
    spans.name,
    spans.kind,
    spans.status_code,
    spans.service_name,
    spans.operation_key,
    spans.start_time_unix_nano,
    spans.duration_nano,
    spans.adjusted_count,
    spans.started_at,
    spans.has_valid_ids,
    spans.copy_number > 1 as is_duplicate,
    case when spans.has_valid_ids then not spans.has_parent_id end as is_root,
    case when spans.has_valid_ids then spans.has_parent_id and parents.span_id is null end as is_orphan,
    parents.service_name as parent_service_name,
    parents.operation_key as parent_operation_key,
    case
        when parents.span_id is not null then (parents.service_name is distinct from spans.service_name)
    end as is_remote_parent
from numbered as spans
left join parents
    on
        spans.trace_id = parents.trace_id
        and spans.parent_edge_id = parents.span_id
