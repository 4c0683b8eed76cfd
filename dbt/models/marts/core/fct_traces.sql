with spans as (
    select
        *,
        event_date > date '1970-01-01' as is_in_range
    from {{ ref('int_spans_parented') }}
    where has_valid_ids and not is_duplicate
),

heads as (
    select
        trace_id,
        span_id,
        service_name,
        name
    from spans
    where is_root or is_orphan
    qualify row_number() over (
        partition by trace_id order by is_root desc, start_time_unix_nano, span_id
    ) = 1
),

traces as (
    select
        trace_id,
        coalesce(min(event_date) filter (where is_in_range), date '1970-01-01') as trace_date,
        string_agg(distinct cast(event_date as varchar), ',' order by cast(event_date as varchar)) as span_dates,
        min(start_time_unix_nano) filter (where is_in_range) as start_time_unix_nano,
        max(start_time_unix_nano + greatest(duration_nano, 0)) filter (where is_in_range) as end_time_unix_nano,
        count(*) as span_count,
        count(distinct {{ named_service('service_name') }}) as service_count,
        count(*) filter (where status_code = 2) as error_count,
        count(*) filter (where is_orphan) as orphan_count,
        count(*) filter (where is_root) as root_count
    from spans
    group by trace_id
)

select
    traces.trace_date,
    traces.span_dates,
    traces.trace_id,
    traces.start_time_unix_nano,
    traces.end_time_unix_nano - traces.start_time_unix_nano as duration_nano,
    {{ nano_timestamp('traces.start_time_unix_nano') }} as started_at,
    heads.span_id as root_span_id,
    case when heads.span_id is not null then {{ named_service('heads.service_name') }} end as root_service_name,
    heads.name as root_operation_name,
    traces.span_count,
    cast(traces.service_count as integer) as service_count,
    traces.error_count,
    traces.orphan_count,
    traces.root_count,
    traces.error_count > 0 as has_error,
    traces.root_count = 1 and traces.orphan_count = 0 as is_complete
from traces
left join heads on traces.trace_id = heads.trace_id
order by traces.trace_date, traces.start_time_unix_nano, traces.trace_id
