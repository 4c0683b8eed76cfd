{#-
  The value of a semantic-convention attribute, in its declared type: the promoted column, then the map under
  the current name, then the map under the older names, newest first. A key that the table does not promote is
  read from the map as text. `relation` is the alias to qualify columns with, `table` the lake table.

  A build knows which of these names the maps of the due dates hold at all (see `knowing_mapped_names`): where they hold
  none, DuckDB folds all this to the column, and does not even read the maps.
-#}
{% macro attr(key, table='spans', relation=none) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {%- set declared = promoted_attributes().get(key) -%}
    {%- if declared is none or table not in declared.tables -%}
        {{ prefix }}attributes['{{ key }}']
    {%- else -%}
        {%- set column = prefix ~ key | replace('.', '_') -%}
        {%- set names = [key] + declared.aliases -%}
        {%- set value -%}
            coalesce(
                {{ column }}
                {%- for name in names %},
                {{ text_as(prefix ~ "attributes['" ~ name ~ "']", declared.sql_type) }}
                {%- endfor %}
            )
        {%- endset -%}
        {{ unless_unmapped(names, value, column) if table == 'spans' else value }}
    {%- endif -%}
{%- endmacro %}

{#- `value`, or `column` where no map of the due dates' spans holds one of the names. -#}
{% macro unless_unmapped(names, value, column) -%}
    {{ return(adapter.dispatch('unless_unmapped')(names, value, column)) }}
{%- endmacro %}

{% macro default__unless_unmapped(names, value, column) -%}
    case
        when coalesce(list_has_any(getvariable('mapped_names'), ['{{ names | join("', '") }}']), true) then {{ value }}
        else {{ column }}
    end
{%- endmacro %}

{% macro spark__unless_unmapped(names, value, column) -%} {{ value }} {%- endmacro %}

{#- A text as a value of a type; null when it is none. Texts of whole numbers are rounded, half away from zero. -#}
{% macro text_as(text, sql_type) -%} {{ return(adapter.dispatch('text_as')(text, sql_type)) }} {%- endmacro %}

{% macro default__text_as(text, sql_type) -%} try_cast({{ text }} as {{ sql_type }}) {%- endmacro %}

{% macro spark__text_as(text, sql_type) -%}
    {%- if sql_type == 'varchar' -%}
        {{ text }}
    {%- elif sql_type == 'bigint' -%}
        try_cast(round(try_cast({{ text }} as decimal(38, 9))) as bigint)
    {%- else -%}
        try_cast({{ text }} as {{ sql_type }})
    {%- endif -%}
{%- endmacro %}

{#-
  The promoted columns of a lake table, as select-list items in the order of the lake. Those that the lake itself declares
  answer over dates before their declaration too, when values still went into the map.
-#}
{% macro promoted_columns(table) -%}
    {%- set columns = [] -%}
    {%- for key, declared in promoted_attributes().items() if table in declared.tables -%}
        {%- set column = key | replace('.', '_') -%}
        {%- do columns.append(attr(key, table) ~ ' as ' ~ column if declared.is_declared else column) -%}
    {%- endfor -%}
    {{ columns | join(',\n    ') }}
{%- endmacro %}

{#- The class of an HTTP status code: 1 to 5, 6 outside 100 to 599, 7 without a code; in the order of their names. -#}
{% macro http_class_number(code) -%}
    case
        when {{ code }} is null then 7
        when {{ code }} between 100 and 599 then cast({{ whole_quotient(code, '100') }} as integer)
        else 6
    end
{%- endmacro %}

{#- 1xx to 5xx, `invalid` or `none`. -#}
{% macro http_status_class(class_number) -%}
    case {{ class_number }} when 7 then 'none' when 6 then 'invalid' else {{ class_number }} || 'xx' end
{%- endmacro %}
