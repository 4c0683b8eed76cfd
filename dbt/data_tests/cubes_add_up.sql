-- Rows where a coarse grain is not the sum of a finer one, or a roll-up not that of the cube below it.
{%- set cubes = {
    'cube_span_latency': ('5min', 'hour', 'span_count', ['operation_key', 'status_code', 'bucket_index']),
    'cube_service_latency': ('5min', 'hour', 'request_count', ['service_name', 'bucket_index']),
    'cube_service_calls': ('hour', 'hour', 'call_count', ['caller_service_name', 'callee_name', 'bucket_index']),
} %}
with sums as (
    {%- for cube, (finest, middle, measure, keys) in cubes.items() %}
    {%- for finer, coarser in [(finest, middle), (middle, 'day')] if finer != coarser %}
    select
        '{{ cube }}: {{ finer }} and {{ coarser }}' as compared,
        concat_ws(' ', event_date, {{ keys | join(', ') }}) as part,
        coalesce(sum({{ measure }}) filter (where grain = '{{ finer }}'), 0) as finer_sum,
        coalesce(sum({{ measure }}) filter (where grain = '{{ coarser }}'), 0) as coarser_sum
    from {{ ref(cube) }}
    group by part
    union all
    {%- endfor %}
    {%- endfor %}
    select
        'cube_rollup: ' || level as compared,
        cast(event_date as varchar) as part,
        (
            select sum(cube.span_count) from {{ ref('cube_span_latency') }} as cube
            where cube.grain = 'day' and cube.event_date = levels.event_date
        ) as finer_sum,
        sum(span_count) as coarser_sum
    from {{ ref('cube_rollup') }} as levels
    group by level, event_date
    union all
    select
        'daily_service_health: requests' as compared,
        concat_ws(' ', event_date, service_name) as part,
        (
            select sum(cube.request_count) from {{ ref('cube_service_latency') }} as cube
            where cube.grain = 'day' and cube.event_date = days.event_date and cube.service_name = days.service_name
        ) as finer_sum,
        request_count as coarser_sum
    from {{ ref('daily_service_health') }} as days
    union all
    select
        'daily_service_calls: calls' as compared,
        concat_ws(' ', event_date, caller_service_name, callee_name) as part,
        coalesce(sum(call_count) filter (where is_hourly), 0) as finer_sum,
        coalesce(sum(call_count) filter (where not is_hourly), 0) as coarser_sum
    from (
        select
            event_date,
            caller_service_name,
            callee_name,
            call_count,
            true as is_hourly
        from {{ ref('cube_service_calls') }}
        where grain = 'hour'
        union all
        select
            event_date,
            caller_service_name,
            callee_name,
            call_count,
            false as is_hourly
        from {{ ref('daily_service_calls') }}
    ) as calls
    group by part
    union all
    select
        'fct_failed_spans: errors' as compared,
        cast(event_date as varchar) as part,
        sum(error_count) as finer_sum,
        (
            select count(*) from {{ ref('fct_failed_spans') }} as failed
            where failed.status_code = 2 and failed.event_date = days.event_date
        ) as coarser_sum
    from {{ ref('cube_rollup') }} as days
    where level = 'all'
    group by event_date
)

select *
from sums
where finer_sum is distinct from coarser_sum
