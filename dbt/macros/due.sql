{#-
  Whether a date is among those that a by_date model is redoing; true everywhere else. DuckDB evaluates it on the
  folder names of the lake, whatever lies between; a filter above a model stops at the first CTE that is read twice.
-#}
{% macro is_due(event_date) -%}
    coalesce(list_contains(getvariable('due_dates'), {{ event_date }}), true)
{%- endmacro %}
