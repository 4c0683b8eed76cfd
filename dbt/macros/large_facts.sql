{#-
  How facts of the size of the lake are kept: as views of its files where these are the store, as tables by date where the
  star is to be read without the lake.
-#}
{% macro large_fact() -%} {{ return(adapter.dispatch('large_fact')()) }} {%- endmacro %}

{% macro default__large_fact() -%} view {%- endmacro %}

{% macro spark__large_fact() -%} by_date {%- endmacro %}
