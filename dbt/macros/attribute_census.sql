{#-
  A select of what the attributes of a lake table hold: one row per `event_date` (with `dated`), key and type of value,
  with counts, bytes of the values as text, and a sketch of which values there are.

  The sketch is a HyperLogLog of 256 registers, as a sorted list of 64 * register + rank: it merges over dates, and its
  estimate of distinct values is 6.5 % off at one standard deviation. Dates with more than 2^20 rows are known by a sample
  of rows, chosen by the hash of `row_id`, of which there are `share` times as many.
-#}
{% macro attribute_census(relation, place, table, row_id=none, attributes='attributes', attribute_types='attribute_types') -%}
    {%- set dated = row_id is not none -%}
    {%- set keys = ['place', 'attribute_key', 'value_type'] + (['event_date'] if dated else []) -%}
    {%- set scale = ' * coalesce(' ~ row_share(table) ~ ', 1)' if dated -%}
    {%- set letters = {
        's': 'string', 'i': 'int', 'd': 'double', 'b': 'boolean', 'y': 'bytes', 'a': 'array', 'm': 'map', 'n': 'none'
    } -%}
    {%- set carried = ('event_date,' if dated else '') -%}
    {%- set is_small = row_share(table) ~ ' is null' if dated else 'true' %}
    -- One column is read at a time: kept, all columns of all rows would be copied.
    with small as not materialized (
        select *
        from {{ relation }}
        where {{ is_small }} {%- if dated %} and {{ is_due('event_date') }} {%- endif %}
    ),

    {%- if dated %}
    -- Kept, since the sample is small and every column's scan would look for its rows again.
    large as materialized (
        select *
        from {{ relation }}
        where not {{ is_small }} and {{ is_due('event_date') }} and hash({{ row_id }}) & ({{ row_share(table) }} - 1) = 0
    ),
    {%- endif %}

    found as (
        {%- for rows in ['small', 'large'] if dated or rows == 'small' %}
        {{ 'union all' if not loop.first }}
        select
            {{ carried }}
            unnest(map_keys({{ attributes }})) as attribute_key,
            unnest(string_split({{ attribute_types }}, '')) as type_letter,
            unnest(map_values({{ attributes }})) as value_text
        from {{ rows }}
        {%- for key, declared in promoted_attributes().items() if table in declared.tables %}
        union all
        select
            {{ carried }}
            '{{ key }}' as attribute_key,
            '{{ {'varchar': 's', 'bigint': 'i', 'double': 'd', 'boolean': 'b'}[declared.sql_type] }}' as type_letter,
            cast({{ key | replace('.', '_') }} as varchar) as value_text
        from {{ rows }}
        where {{ key | replace('.', '_') }} is not null
        {%- endfor %}
        {%- endfor %}
    ),

    registers as (
        select
            '{{ place }}' as place,
            attribute_key,
            case type_letter
                {%- for letter, name in letters.items() %}
                when '{{ letter }}' then '{{ name }}'
                {%- endfor %}
            end as value_type,
            {{ carried }}
            cast(hash(value_text) & 255 as integer) as register,
            57 - length(bin(min(hash(value_text) >> 8))) as rank,
            count(*) as occurrence_count,
            sum(strlen(value_text)) as value_bytes
        from found
        -- A row without attributes has no types, whose text splits into one of no letters.
        where attribute_key is not null
        group by all
    )

    select
        {{ keys | join(', ') }},
        cast(sum(occurrence_count){{ scale }} as bigint) as occurrence_count,
        cast(coalesce(sum(value_bytes), 0){{ scale }} as bigint) as value_bytes,
        list(cast(64 * register + rank as integer) order by register) as value_sketch
    from registers
    group by {{ keys | join(', ') }}
{%- endmacro %}

{#- Of how many rows of a lake table and date one is looked at: a power of two, null for all of them. -#}
{% macro row_share(table) -%} getvariable('row_shares')['{{ table }} ' || event_date] {%- endmacro %}

{#-
  Set the variable `row_shares` for due dates with more than 2^20 rows. While there are none it stays null, and DuckDB folds
  the sampling away, so that no column is read for it.
-#}
{% macro knowing_row_shares(listed) -%}
    {%- set large -%}
        select table_name || ' ' || event_date as key, cast(pow(2, ceil(log2(row_count / 1048576))) as ubigint) as share
        from lake.lake_dates
        where event_date in ({{ listed }}) and row_count > 1048576
    {%- endset -%}
    {%- if "getvariable('row_shares')" in compiled_code and run_query(large).rows -%}
        {%- do run_query('set variable row_shares = (select map(list(key), list(share)) from (' ~ large ~ ') as large)') -%}
    {%- endif -%}
{%- endmacro %}

{#-
  The number of distinct values that a HyperLogLog holds, from an aggregate over its registers: `rank` is a column with
  one row per register that is not empty.
-#}
{% macro distinct_estimate(rank) -%}
    {%- set raw = '(0.7213 / (1 + 1.079 / 256) * 65536 / (256 - count(*) + sum(pow(2.0, -' ~ rank ~ '))))' -%}
    cast(round(
        case when {{ raw }} <= 640 and count(*) < 256 then 256 * ln(256.0 / (256 - count(*))) else {{ raw }} end
    ) as bigint)
{%- endmacro %}
