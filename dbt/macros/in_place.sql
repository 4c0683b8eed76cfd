{#-
  `view` and `table` in DuckDB: made under their own names, inside the transaction that drops what was there before. dbt's
  own ways make them under another name and exchange names, which takes several times as long and protects no reader:
  only the build sees its file.
-#}
{% materialization view, adapter='duckdb' %}
    {{ return(made_in_place(this.incorporate(type='view'))) }}
{% endmaterialization %}

{% materialization table, adapter='duckdb' %}
    {{ return(made_in_place(this.incorporate(type='table'))) }}
{% endmaterialization %}

{% macro made_in_place(relation) -%}
    {%- set existing = load_cached_relation(relation) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if existing is not none -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ create_view_as(relation, compiled_code) if relation.is_view else create_table_as(False, relation, compiled_code) }}
    {%- endcall -%}
    {%- do persist_docs(relation, model) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {%- do return({'relations': [relation]}) -%}
{%- endmacro %}

{#- Descriptions become comments in one statement; a column that is described and missing is an error. -#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- call statement('comments', auto_begin=False) -%}
        {{ alter_relation_comment(relation, model.description) }}
        {%- for column in model.columns.values() %}
        comment on column {{ relation }}.{{ adapter.quote(column.name) }} is {{ duckdb_escape_comment(column.description) }};
        {%- endfor -%}
    {%- endcall -%}
{%- endmacro %}
