{#- The join that keeps the rows of the left side without a match. -#}
{% macro anti_join() -%} {{ return(adapter.dispatch('anti_join')()) }} {%- endmacro %}

{% macro default__anti_join() -%} anti join {%- endmacro %}

{% macro spark__anti_join() -%} left anti join {%- endmacro %}

{#- Has a CTE that is read twice be evaluated twice, which Spark does unasked. -#}
{% macro not_kept() -%} {{ return(adapter.dispatch('not_kept')()) }} {%- endmacro %}

{% macro default__not_kept() -%} not materialized {%- endmacro %}

{% macro spark__not_kept() -%} {%- endmacro %}
