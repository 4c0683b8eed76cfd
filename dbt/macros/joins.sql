{#- The join that keeps the rows of the left side without a match. -#}
{% macro anti_join() -%} {{ return(adapter.dispatch('anti_join')()) }} {%- endmacro %}

{% macro default__anti_join() -%} anti join {%- endmacro %}

{% macro spark__anti_join() -%} left anti join {%- endmacro %}

{#- Has a CTE that is read twice be evaluated twice, which Spark does unasked. -#}
{% macro not_kept() -%} {{ return(adapter.dispatch('not_kept')()) }} {%- endmacro %}

{% macro default__not_kept() -%} not materialized {%- endmacro %}

{% macro spark__not_kept() -%} {%- endmacro %}

{#-
  Conditions that hold for every group, and for every row of a positive column. DuckDB takes groups for as many as the rows
  that are grouped and would keep the other side of a join in memory; with a condition it expects a fifth.
-#}
{% macro few_groups() -%} count(*) > 0 {%- endmacro %}

{% macro few_rows(positive_column) -%} {{ positive_column }} > 0 {%- endmacro %}
