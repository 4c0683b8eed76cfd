{#- Nanoseconds since 1970 (BIGINT) as a UTC timestamp of microseconds; 0, which means missing, becomes null. -#}
{% macro nano_timestamp(nano) -%}
    {{ micro_timestamp(whole_quotient('nullif(' ~ nano ~ ', 0)', '1000')) }}
{%- endmacro %}

{#- Microseconds since 1970 (BIGINT) as a UTC timestamp. -#}
{% macro micro_timestamp(micro) -%} {{ return(adapter.dispatch('micro_timestamp')(micro)) }} {%- endmacro %}

{% macro default__micro_timestamp(micro) -%} make_timestamp({{ micro }}) {%- endmacro %}

{% macro spark__micro_timestamp(micro) -%} cast(timestamp_micros({{ micro }}) as timestamp) {%- endmacro %}

{#- Minute of the UTC day, 0 to 1439: the key of dim_time. -#}
{% macro minute_of_day(nano) -%}
    cast({{ whole_quotient(nano, '60000000000') }} % 1440 as integer)
{%- endmacro %}

{#- Quotient of whole numbers without its fraction. -#}
{% macro whole_quotient(dividend, divisor) -%}
    {{ return(adapter.dispatch('whole_quotient')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__whole_quotient(dividend, divisor) -%} ({{ dividend }} // {{ divisor }}) {%- endmacro %}

{% macro spark__whole_quotient(dividend, divisor) -%} ({{ dividend }} div {{ divisor }}) {%- endmacro %}
