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
    {{ return(adapter.dispatch('other_operation_key')(service_name, kind)) }}
{%- endmacro %}

{% macro default__other_operation_key(service_name, kind) -%}
    cast(md5_number_lower(concat_ws(chr(31), {{ service_name }}, '__other__', {{ kind }})) >> 1 as bigint)
{%- endmacro %}

{#- The lower half of the hash is its last eight bytes, the least significant first. -#}
{% macro spark__other_operation_key(service_name, kind) -%}
    {%- set hash = "md5(concat_ws(chr(31), " ~ service_name ~ ", '__other__', cast(" ~ kind ~ " as string)))" -%}
    cast(cast(conv(
        {%- for at in range(31, 16, -2) -%} {{ ' || ' if not loop.first }}substr({{ hash }}, {{ at }}, 2) {%- endfor -%}
    , 16, 10) as decimal(20, 0)) div 2 as bigint)
{%- endmacro %}
