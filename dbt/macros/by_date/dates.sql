{#- What by_date models were built from, and what has changed since. -#}

{% macro create_built_dates() -%} {{ return(adapter.dispatch('create_built_dates')()) }} {%- endmacro %}

{% macro default__create_built_dates() -%}
    create schema if not exists intermediate;
    create table if not exists intermediate.built_models (model_name varchar, signature varchar);
    create table if not exists intermediate.built_dates (model_name varchar, event_date date, fingerprint varchar);
    create or replace table intermediate.redone_dates (model_name varchar, event_date date, period varchar);
{%- endmacro %}

{% macro spark__create_built_dates() -%} {%- endmacro %}

{#- A select of the dates that the model's lake tables hold now: event_date, fingerprint, row_count. -#}
{% macro current_dates() -%}
    select
        event_date,
        md5(string_agg(table_name || ' ' || fingerprint, ',' order by table_name)) as fingerprint,
        cast(sum(row_count) as bigint) as row_count
    from lake.lake_dates
    where table_name in ('{{ lake_tables() | join("', '") }}')
    group by event_date
{%- endmacro %}

{#-
  The dates to redo as lists of ISO dates, in order: those whose fingerprints differ, those that are new, and those
  that the lake holds no longer. A list covers 20 million lake rows, or one period when that is more.
-#}
{% macro changed_dates(period) -%}
    {%- set query -%}
        with current_dates as ({{ current_dates() }}),

        compared as (
            select
                event_date,
                date_trunc('{{ period }}', event_date) as period_start,
                coalesce(current_dates.row_count, 0) as row_count,
                current_dates.fingerprint is distinct from built.fingerprint as is_changed
            from current_dates
            full join (
                select event_date, fingerprint from intermediate.built_dates where model_name = '{{ model.name }}'
            ) as built using (event_date)
        ),

        periods as (
            select
                period_start,
                sum(row_count) as row_count,
                list(cast(event_date as varchar) order by event_date) as dates
            from compared
            group by period_start
            having bool_or(is_changed)
        ),

        placed as (
            select
                period_start,
                dates,
                sum(row_count) over (order by period_start rows unbounded preceding) // 20000000 as chunk
            from periods
        )

        select array_to_string(flatten(list(dates order by period_start)), ',') as dates
        from placed
        group by chunk
        order by chunk
    {%- endset -%}
    {%- set chunks = [] -%}
    {%- for dates in run_query(query).columns[0].values() -%}
        {%- do chunks.append(dates.split(',')) -%}
    {%- endfor -%}
    {%- do return(chunks) -%}
{%- endmacro %}

{% macro forget_built_dates() -%}
    {%- do run_query("delete from intermediate.built_models where model_name = '" ~ model.name ~ "'") -%}
    {%- do run_query("delete from intermediate.built_dates where model_name = '" ~ model.name ~ "'") -%}
{%- endmacro %}

{% macro remember_built_dates(signature) -%}
    {%- do forget_built_dates() -%}
    {%- do run_query("insert into intermediate.built_models values ('" ~ model.name ~ "', '" ~ signature ~ "')") -%}
    {%- set now -%}
        insert into intermediate.built_dates
        select '{{ model.name }}', event_date, fingerprint from ({{ current_dates() }}) as dates
    {%- endset -%}
    {%- do run_query(now) -%}
{%- endmacro %}
