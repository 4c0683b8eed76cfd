{#- Which models a by_date table was built by: any change of them has it built anew. -#}

{#-
  A hash of the model's SQL and columns, of the source of every model that it reads, and of the project's macros
  (whose hash the build passes: dbt does not show their source here).
-#}
{% macro model_signature() -%}
    {%- set parts = [compiled_code, env_var('OTLP_WAREHOUSE_MACROS', '')] -%}
    {%- for column in model.columns.values() -%}
        {%- do parts.append([column.name, column.data_type, column.constraints | length] | join(' ')) -%}
    {%- endfor -%}
    {%- for id in upstream_nodes() if id in graph.nodes -%}
        {%- do parts.append(graph.nodes[id].raw_code) -%}
    {%- endfor -%}
    {%- do return(local_md5(parts | join('\n'))) -%}
{%- endmacro %}

{% macro built_signature() -%}
    {%- set found = run_query(
        "select signature from intermediate.built_models where model_name = '" ~ model.name ~ "'"
    ).columns[0].values() -%}
    {%- do return(found[0] if found else none) -%}
{%- endmacro %}

{#- Names of the dated lake tables that the model reads, directly or through other models. -#}
{% macro lake_tables() -%}
    {%- set tables = [] -%}
    {%- for id in upstream_nodes() if id in graph.sources and graph.sources[id].source_name == 'lake' -%}
        {%- if 'event_date' in graph.sources[id].columns -%}
            {%- do tables.append(graph.sources[id].name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(tables) -%}
{%- endmacro %}

{#- Ids of all nodes that the model reads, directly or through other models, in a fixed order. -#}
{% macro upstream_nodes() -%}
    {%- set found = [] -%}
    {%- do add_upstream(model.depends_on.nodes, found) -%}
    {%- do return(found | sort) -%}
{%- endmacro %}

{% macro add_upstream(ids, found) -%}
    {%- for id in ids if id not in found -%}
        {%- do found.append(id) -%}
        {%- if id in graph.nodes -%}
            {%- do add_upstream(graph.nodes[id].depends_on.nodes, found) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
