{#- Nanoseconds since 1970 (BIGINT) as a UTC timestamp of microseconds; 0, which means missing, becomes null. -#}
{% macro nano_timestamp(nano) -%}
    make_timestamp(nullif({{ nano }}, 0) // 1000)
{%- endmacro %}

{#- Minute of the UTC day, 0 to 1439: the key of dim_time. -#}
{% macro minute_of_day(nano) -%}
    cast(({{ nano }} // 60000000000) % 1440 as integer)
{%- endmacro %}
