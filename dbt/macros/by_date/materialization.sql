{#-
  `materialized='by_date'`: a table whose rows all have an event_date, and whose rows of a date follow from the lake's
  rows of that date. A build redoes the dates whose files differ from those it was built from, and no others.

  - What a date was built from is a row of intermediate.built_dates, written in the same transaction as the rows;
    intermediate.redone_dates says what this run redid, and the gate audits that.
  - When the model, or a model that it reads, is another one than last time, all dates are redone.
  - The model reads its large relations `where {{ is_due('event_date') }}`, so that no other date's files are opened.
  - Dates are redone in chunks of bounded size, so memory stays flat over a year.
  - `config(period='month')`: rows of a date also follow from earlier dates of its month, so months are redone whole.
-#}
{% materialization by_date, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set period = config.get('period', 'day') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set signature = model_signature() -%}
    {%- if existing is none or not existing.is_table or should_full_refresh() or built_signature() != signature -%}
        {%- if existing is not none -%}
            {%- do adapter.drop_relation(existing) -%}
        {%- endif -%}
        {%- set no_rows = 'select * from (' ~ compiled_code ~ ') as built where false' -%}
        {%- do run_query(create_table_as(False, target_relation, no_rows)) -%}
        {%- do forget_built_dates() -%}
    {%- endif -%}

    {%- set chunks = changed_dates(period) -%}
    {%- call statement('main') -%}
        select {{ chunks | sum(start=[]) | length }} as changed_dates
    {%- endcall -%}
    {%- for dates in chunks -%}
        {%- do redo_dates(target_relation, dates, period) -%}
    {%- endfor -%}
    {%- do remember_built_dates(signature) -%}
    {%- do persist_docs(target_relation, model) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- Replace the rows of some dates. -#}
{% macro redo_dates(relation, dates, period) -%}
    {%- set listed -%}
        {%- for date in dates -%} date '{{ date }}'{{ ', ' if not loop.last }} {%- endfor -%}
    {%- endset -%}
    {%- do run_query('delete from ' ~ relation ~ ' where event_date in (' ~ listed ~ ')') -%}
    {%- do run_query('set variable due_dates = [' ~ listed ~ ']') -%}
    {%- do knowing_mapped_names(listed) -%}
    {%- do knowing_row_shares(listed) -%}
    {%- do run_query(
        'insert into ' ~ relation ~ ' by name select * from (' ~ compiled_code ~ ') as built where event_date in (' ~ listed ~ ')'
    ) -%}
    {%- do run_query('reset variable due_dates') -%}
    {%- do run_query('reset variable mapped_names') -%}
    {%- do run_query('reset variable row_shares') -%}
    {%- do run_query(
        "insert into intermediate.redone_dates select '" ~ model.name ~ "', unnest([" ~ listed ~ "]), '" ~ period ~ "'"
    ) -%}
{%- endmacro %}

{#-
  Set the variable `mapped_names`: names of promoted attributes in the maps of spans of the due dates or one beside them.
  The model that finds them is built before all others that read spans; while it is, the variable stays null.
-#}
{% macro knowing_mapped_names(listed) -%}
    {%- if model.name != 'int_mapped_names' and 'lake.spans' in upstream_nodes() | join(' ') -%}
        {%- do run_query(
            'set variable mapped_names = (select coalesce(list(distinct attribute_key), []) '
            ~ 'from intermediate.int_mapped_names where list_bool_or(list_transform([' ~ listed
            ~ '], lambda due: event_date between due - 1 and due + 1)))'
        ) -%}
    {%- endif -%}
{%- endmacro %}
