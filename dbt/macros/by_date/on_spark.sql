{#-
  `materialized='by_date'` on Spark: a Delta table with a partition for each date. The job that runs dbt names the dates
  that are due, which are replaced in one commit of the table; without them the whole table is.
-#}
{% materialization by_date, adapter='spark' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set date_column = config.get('date_column', 'event_date') -%}
    {%- if var('due_dates', none) is none -%}
        {%- call statement('main') -%}
            create or replace table {{ target_relation }} using delta partitioned by ({{ date_column }})
            {{ location_clause() }} {{ comment_clause() }} as
            {{ compiled_code }}
        {%- endcall -%}
    {%- else -%}
        {#- A session's own catalog does not know the tables of the last run. -#}
        {%- do run_query(
            'create table if not exists ' ~ target_relation ~ ' using delta ' ~ location_clause()
        ) -%}
        {%- call statement('main') -%}
            insert into {{ target_relation }} replace where {{ is_due(date_column) }}
            select * from ({{ compiled_code }}) as built where {{ is_due(date_column) }}
        {%- endcall -%}
    {%- endif -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
