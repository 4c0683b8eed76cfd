{#-
  Table macros of the served file that answer latency questions about any time range from the cheapest cubes: whole
  days from day sums, what is left at both ends from hours, and then from five minutes. `from_at` is rounded down to
  five minutes, `to_at` up; the range is half open, so `service_latency('cart', '2026-11-01', '2026-12-01')` is November.
-#}

{#-
  The parts of [from_at, to_at) as (grain, first period, end), the days first, none overlapping; some may be empty.
  With `finest='hour'` both ends are rounded to hours instead of five minutes.
-#}
{% macro range_parts(finest='5min') -%}
    {%- set step = {'5min': 'interval 5 minutes', 'hour': 'interval 1 hour'}[finest] -%}
    {%- set first = "time_bucket(" ~ step ~ ", cast(from_at as timestamp))" -%}
    {%- set end = "time_bucket(" ~ step ~ ", cast(to_at as timestamp) + " ~ step ~ " - interval 1 microsecond)" -%}
    {%- set first_hour = "date_trunc('hour', " ~ first ~ " + interval 55 minutes)" -%}
    {%- set end_hour = "date_trunc('hour', " ~ end ~ ")" -%}
    {%- set first_day = "date_trunc('day', " ~ first ~ " + interval 1435 minutes)" -%}
    {%- set end_day = "date_trunc('day', " ~ end ~ ")" -%}
    {%- set parts = [
        ('day', first_day, end_day),
        ('hour', first_hour, 'least(' ~ first_day ~ ', ' ~ end_hour ~ ')'),
        ('hour', 'greatest(' ~ first_day ~ ', ' ~ end_day ~ ')', end_hour),
    ] -%}
    {%- if finest == '5min' -%}
        {%- do parts.append(('5min', first, 'least(' ~ first_hour ~ ', ' ~ end ~ ')')) -%}
        {%- do parts.append(('5min', 'greatest(' ~ first_hour ~ ', ' ~ end_hour ~ ')', end)) -%}
    {%- endif -%}
    {%- do return(parts) -%}
{%- endmacro %}

{#- Selects of `columns` of a cube with grains, one for each part of the range; `follows` says whether a select precedes. -#}
{% macro over_range(cube, columns, condition, parts, follows=true) -%}
    {%- for grain, first, end in parts %}
    {{ 'union all' if follows or not loop.first }}
    select {{ columns }} from {{ cube }}
    where grain = '{{ grain }}' and period_start_at >= {{ first }} and period_start_at < {{ end }} and {{ condition }}
    {%- endfor %}
{%- endmacro %}

{#- Requests of a service by bucket over whole days: differences of the prefix cube's days, month by month. -#}
{% macro days_by_prefix(first, end) -%}
    select
        last_day.bucket_index,
        last_day.cumulative_count - coalesce(before.cumulative_count, 0)
        - lag(last_day.cumulative_count - coalesce(before.cumulative_count, 0), 1, 0) over (
            partition by last_day.month_start_date order by last_day.bucket_index
        ) as request_count
    from (
        select max(event_date) as last_date, max(event_date) filter (where is_before) as before_date
        from (
            select event_date, month_start_date, event_date < {{ first }} as is_before
            from main.cube_service_latency_prefix
            where
                service_name = service
                and event_date >= date_trunc('month', {{ first }})
                and event_date < {{ end }}
        ) as dates
        group by month_start_date
    ) as months
    inner join main.cube_service_latency_prefix as last_day
        on
            months.last_date = last_day.event_date
            and last_day.service_name = service
            and months.last_date >= {{ first }}
    left join main.cube_service_latency_prefix as before
        on
            months.before_date = before.event_date
            and before.service_name = service
            and last_day.bucket_index = before.bucket_index
{%- endmacro %}

{#- Requests of `service` by bucket over the range. -#}
{% macro service_buckets() -%}
    {%- set parts = range_parts() -%}
    {{ days_by_prefix(parts[0][1], parts[0][2]) }}
    {{ over_range('main.cube_service_latency', 'bucket_index, request_count', 'service_name = service', parts[1:]) }}
{%- endmacro %}

{#- Quantiles over buckets as select-list items; `relation` has bucket_index, up_to (cumulative) and counted. -#}
{% macro quantile_columns(quantiles) -%}
    {%- for name, q in quantiles.items() -%}
    {%- set rank = 'ceil(q * counted)' if q == 'q' else nearest_rank(q, 'counted') -%}
    {{ bucket_estimate('min(bucket_index) filter (where up_to >= ' ~ rank ~ ')') }} as {{ name }}
    {{- ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- A select of cumulative counts over the buckets of a relation, within `keys`. -#}
{% macro ranked_buckets(relation, count, keys=[]) -%}
    {%- set listed = keys | join(', ') -%}
    {%- set partition = 'partition by ' ~ listed if keys else '' -%}
    select
        {{ listed ~ ',' if keys }}
        bucket_index,
        cast(sum(sum({{ count }})) over ({{ partition }} order by bucket_index) as bigint) as up_to,
        cast(sum(sum({{ count }})) over ({{ partition }}) as bigint) as counted
    from {{ relation }}
    where bucket_index <> {{ zero_bucket() }}
    group by {{ listed ~ ',' if keys }} bucket_index
{%- endmacro %}

{% macro create_latency_macros() -%}
    {%- set quantiles = {'p50_nano': '0.5', 'p90_nano': '0.9', 'p95_nano': '0.95', 'p99_nano': '0.99'} -%}
    {%- set parts = range_parts() -%}
    {%- set counts = ['request_count', 'adjusted_request_count', 'error_count', 'satisfied_count', 'tolerating_count'] -%}
    create or replace macro main.service_latency(service, from_at, to_at) as table
    with buckets as ({{ service_buckets() }}),

    quantiles as (
        select {{ quantile_columns(quantiles) }} from ({{ ranked_buckets('buckets', 'request_count') }}) as ranked
    ),

    counts as (
        select {{ counts | join(', ') }}
        from main.daily_service_health
        where service_name = service and event_date >= {{ parts[0][1] }} and event_date < {{ parts[0][2] }}
        {{ over_range('main.cube_service_latency', counts | join(', '), 'service_name = service', parts[1:]) }}
    ),

    totals as (
        select
            {%- for count in counts %}
            {%- set type = 'decimal(38, 6)' if count.startswith('adjusted') else 'bigint' %}
            cast(coalesce(sum({{ count }}), 0) as {{ type }}) as {{ count }}{{ ',' if not loop.last }}
            {%- endfor %}
        from counts
    )

    select
        service as service_name,
        request_count,
        adjusted_request_count,
        error_count,
        error_count / nullif(request_count, 0) as error_ratio,
        (satisfied_count + tolerating_count / 2) / nullif(request_count, 0) as apdex,
        quantiles.*
    from totals cross join quantiles;

    create or replace macro main.operation_latency(service, from_at, to_at) as table
    {%- set of_service = '(service is null or service_name = service)' %}
    with buckets as (
        {{ over_range('main.cube_span_latency', 'operation_key, bucket_index, span_count', of_service, parts, false) }}
    ),

    -- A cell has one row in a period, where it has one for each bucket above.
    cells as (
        {%- set columns = 'operation_key, status_code, span_count, adjusted_count' %}
        {{ over_range('main.cube_span_latency_cells', columns, of_service, parts, false) }}
    ),

    quantiles as (
        select operation_key, {{ quantile_columns(quantiles) }}
        from ({{ ranked_buckets('buckets', 'span_count', ['operation_key']) }}) as ranked
        group by operation_key
    ),

    totals as (
        select
            operation_key,
            cast(sum(span_count) as bigint) as span_count,
            cast(sum(adjusted_count) as decimal(38, 6)) as adjusted_count,
            cast(coalesce(sum(span_count) filter (where status_code = 2), 0) as bigint) as error_count
        from cells
        group by operation_key
    )

    select
        operations.service_name,
        operations.span_name,
        kinds.kind_name,
        totals.*,
        totals.error_count / totals.span_count as error_ratio,
        quantiles.* exclude (operation_key)
    from totals
    inner join main.dim_operation as operations using (operation_key)
    inner join main.dim_span_kind as kinds using (kind)
    left join quantiles using (operation_key)
    order by p99_nano desc nulls last, service_name, span_name, kind_name;

    create or replace macro main.service_map(from_at, to_at) as table
    {%- set edge = ['caller_service_name', 'callee_name', 'callee_type', 'connection_kind', 'is_inferred'] %}
    {%- set parts = range_parts('hour') %}
    with buckets as (
        {{ over_range('main.cube_service_calls', edge | join(', ') ~ ', bucket_index, call_count', 'true', parts, false) }}
    ),

    counts as (
        {%- set columns = edge | join(', ') ~ ', call_count, adjusted_call_count, error_count' %}
        select {{ columns }}
        from main.daily_service_calls
        where event_date >= {{ parts[0][1] }} and event_date < {{ parts[0][2] }}
        {{ over_range('main.cube_service_calls', columns, 'true', parts[1:]) }}
    ),

    quantiles as (
        select {{ edge | join(', ') }}, {{ quantile_columns({'p50_nano': '0.5', 'p95_nano': '0.95', 'p99_nano': '0.99'}) }}
        from ({{ ranked_buckets('buckets', 'call_count', edge) }}) as ranked
        group by {{ edge | join(', ') }}
    ),

    totals as (
        select
            {{ edge | join(', ') }},
            cast(sum(call_count) as bigint) as call_count,
            cast(sum(adjusted_call_count) as decimal(38, 6)) as adjusted_call_count,
            cast(sum(error_count) as bigint) as error_count
        from counts
        group by {{ edge | join(', ') }}
    )

    select
        totals.*,
        totals.error_count / totals.call_count as error_ratio,
        quantiles.p50_nano,
        quantiles.p95_nano,
        quantiles.p99_nano
    from totals left join quantiles using ({{ edge | join(', ') }})
    order by call_count desc, caller_service_name, callee_name;
{%- endmacro %}

{#- `latency_quantile(q, service, from_at, to_at)` and `(q, service, span_name, from_at, to_at)`, nanoseconds. -#}
{% macro latency_quantile_of_service() -%}
    (
        select {{ quantile_columns({'quantile_nano': 'q'}) }}
        from ({{ ranked_buckets('(' ~ service_buckets() ~ ') as buckets', 'request_count') }}) as ranked
    )
{%- endmacro %}

{% macro latency_quantile_of_operation() -%}
    {%- set named -%}
        operation_key in (select operation_key from main.dim_operation where service_name = service and span_name = operation)
    {%- endset -%}
    {%- set condition = 'service_name = service and ' ~ named -%}
    {%- set spans = over_range('main.cube_span_latency', 'bucket_index, span_count', condition, range_parts(), false) -%}
    (
        select {{ quantile_columns({'quantile_nano': 'q'}) }}
        from ({{ ranked_buckets('(' ~ spans ~ ') as buckets', 'span_count') }}) as ranked
    )
{%- endmacro %}
