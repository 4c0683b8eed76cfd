{#-
  Whether a date is among those that a by_date model is redoing; true everywhere else. DuckDB evaluates it on the
  folder names of the lake, whatever lies between; a filter above a model stops at the first CTE that is read twice.
-#}
{% macro is_due(event_date) -%} {{ return(adapter.dispatch('is_due')(event_date)) }} {%- endmacro %}

{% macro default__is_due(event_date) -%}
    coalesce(list_contains(getvariable('due_dates'), {{ event_date }}), true)
{%- endmacro %}

{#- Whether a date or one beside it is due: for what may lie across midnight from a due date's rows. -#}
{% macro is_near_due(event_date) -%} {{ return(adapter.dispatch('is_near_due')(event_date)) }} {%- endmacro %}

{% macro default__is_near_due(event_date) -%}
    coalesce(
        list_contains(
            flatten(list_transform(getvariable('due_dates'), lambda due: [due - 1, due, due + 1])), {{ event_date }}
        ),
        true
    )
{%- endmacro %}

{#- On Spark the job says which dates are due for all models alike: none for all of them. -#}
{% macro spark__is_due(event_date) -%}
    {%- set due = var('due_dates', none) -%}
    {%- if due is none -%} true
    {%- else -%} {{ event_date }} in ({% for day in due %}date '{{ day }}'{{ ', ' if not loop.last }}{% endfor %})
    {%- endif -%}
{%- endmacro %}

{% macro spark__is_near_due(event_date) -%}
    {%- set due = var('due_dates', none) -%}
    {%- if due is none -%} true
    {%- else -%}
        {{ event_date }} in (
            {%- for day in due -%}
                date '{{ day }}' - 1, date '{{ day }}', date '{{ day }}' + 1{{ ', ' if not loop.last }}
            {%- endfor -%}
        )
    {%- endif -%}
{%- endmacro %}
