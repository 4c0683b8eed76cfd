{#-
  Cubes of three grains (5 minutes, hour, day) are added up and sorted by one number that stands for all their keys: the
  cell's rank, the period, and the bucket. Columns of texts and times take several times as long.

  A period is the number of its first five minutes since 1970, in any grain, of which there are less than 2^17 days of 288;
  a bucket of -32768 or -1 to 4031 becomes 0, or 1 to 4033. So there is room for 2^26 cells.
-#}
{% macro cell_number(cell_rank, five_minutes, bucket_index) -%}
    (({{ cell_rank }} * 37748736 + {{ five_minutes }}) * 4096 + greatest({{ bucket_index }}, -2) + 2)
{%- endmacro %}

{% macro cell_rank_of(number) -%} {{ whole_quotient(number, '154618822656') }} {%- endmacro %}

{% macro five_minutes_of(number) -%} ({{ whole_quotient(number, '4096') }} % 37748736) {%- endmacro %}

{% macro bucket_of(number) -%}
    case when {{ number }} % 4096 = 0 then {{ zero_bucket() }} else cast({{ number }} % 4096 as integer) - 2 end
{%- endmacro %}

{#- Start of five minutes by their number since 1970, UTC; the first are those of times out of range. -#}
{% macro five_minutes_at(number) -%} {{ micro_timestamp(number ~ ' * 300000000') }} {%- endmacro %}

{#-
  CTEs that add up a relation of cell_number and counts in five minutes: `sorted_grains` has rows of all grains (`grain_order`
  0, 1, 2), cell by cell, so that a cell's periods lie together and its columns take no space. `measures` maps columns to
  what adds them up. Hours come from five minutes, days from hours.
-#}
{% macro three_grains(relation, measures) -%}
    {%- set columns = ['cell_number'] + measures.keys() | list -%}
    {%- for grain, source, count in [('hours', relation, 12), ('days', 'hours', 288)] %}
    {{ grain }} as (
        select
            cell_number - {{ five_minutes_of('cell_number') }} % {{ count }} * 4096 as cell_number,
            {%- for column, sum in measures.items() %}
            {{ sum }} as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ source }}
        group by cell_number - {{ five_minutes_of('cell_number') }} % {{ count }} * 4096
    ),
    {% endfor %}
    sorted_grains as (
        {%- for part in [relation, 'hours', 'days'] %}
        {{ 'union all' if not loop.first }}
        select {{ loop.index0 }} as grain_order, {{ columns | join(', ') }}
        from {{ part }}
        {%- endfor %}
        order by grain_order, cell_number
    )
{%- endmacro %}

{#- Grain, date and period of a row with `grain_order`, as select-list items; `number` tells its first five minutes. -#}
{% macro grain_columns(relation, number) -%}
    {%- set starts_at = five_minutes_at(number) -%}
    case {{ relation }}.grain_order when 0 then '5min' when 1 then 'hour' else 'day' end as grain,
    cast({{ starts_at }} as date) as event_date,
    {{ starts_at }} as period_start_at
{%- endmacro %}

{#- That a span lies in a cell of int_cells_ranked. -#}
{% macro same_cell(span, cell) -%}
    {%- for column in ['event_date', 'operation_key', 'status_code', 'http_class_number'] -%}
    {{ span }}.{{ column }} = {{ cell }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- A select of the columns that a cell's rank stands for. -#}
{% macro kept_cells() -%}
    select
        cell_rank,
        min(service_name) as service_name,
        min(kept_operation_key) as operation_key,
        min(kind) as kind,
        min(status_code) as status_code,
        {{ http_status_class('min(http_class_number)') }} as http_status_class
    from {{ ref('int_cells_ranked') }}
    group by cell_rank
{%- endmacro %}
