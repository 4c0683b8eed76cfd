{#- The service's name in facts and dimensions: telemetry without one keeps its rows under a name of their own. -#}
{% macro named_service(service_name) -%}
    coalesce(nullif({{ service_name }}, ''), '(unnamed)')
{%- endmacro %}

{#- Whether a trace or span id is one: neither null, empty nor all zeros. -#}
{% macro is_id(id) -%}
    coalesce(ltrim({{ id }}, '0') <> '', false)
{%- endmacro %}

{#- Key of the operation that stands for those of a service and kind beyond the number that cubes keep. -#}
{% macro other_operation_key(service_name, kind) -%}
    cast(md5_number_lower(concat_ws(chr(31), {{ service_name }}, '__other__', {{ kind }})) >> 1 as bigint)
{%- endmacro %}
