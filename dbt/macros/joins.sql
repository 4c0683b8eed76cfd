{#- The join that keeps the rows of the left side without a match. -#}
{% macro anti_join() -%} {{ return(adapter.dispatch('anti_join')()) }} {%- endmacro %}

{% macro default__anti_join() -%} anti join {%- endmacro %}

{% macro spark__anti_join() -%} left anti join {%- endmacro %}
