{#- The service's name in facts and dimensions: telemetry without one keeps its rows under a name of their own. -#}
{% macro named_service(service_name) -%}
    coalesce(nullif({{ service_name }}, ''), '(unnamed)')
{%- endmacro %}

{#- Whether a trace or span id is one: neither null, empty nor all zeros. -#}
{% macro is_id(id) -%}
    coalesce(ltrim({{ id }}, '0') <> '', false)
{%- endmacro %}
