{#-
  CTEs of three grains from the finest: `relation` holds rows of five minutes (event_date, period_start_at),
  `measures` maps columns to what adds them up over `keys`. Hours come from five minutes, days from hours.
-#}
{% macro three_grains(relation, keys, measures) -%}
    {%- set columns = keys + measures.keys() | list -%}
    {%- set longer = {'hour': "cast(date_trunc('hour', period_start_at) as timestamp)", 'day': 'cast(event_date as timestamp)'} -%}
    {%- for grain, period in longer.items() %}
    {{ grain }}s as (
        select
            event_date,
            {{ period }} as period_start_at,
            {{ keys | join(', ') }},
            {%- for column, sum in measures.items() %}
            {{ sum }} as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ relation if grain == 'hour' else 'hours' }}
        group by event_date, {{ period }}, {{ keys | join(', ') }}
    ),
    {%- endfor %}
    grains as (
        {%- for grain, part in {'5min': relation, 'hour': 'hours', 'day': 'days'}.items() %}
        {{ 'union all' if not loop.first }}
        select '{{ grain }}' as grain, event_date, period_start_at, {{ columns | join(', ') }}
        from {{ part }}
        {%- endfor %}
    )
{%- endmacro %}
