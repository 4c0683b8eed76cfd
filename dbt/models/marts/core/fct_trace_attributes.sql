{{ config(materialized='by_date', tags='duckdb') }}
{%- set lookups = [] -%}
{%- for key, declared in promoted_attributes().items() if declared.is_lookup -%}
    {%- do lookups.append(key) -%}
{%- endfor -%}
with spans as {{ not_kept() }} (
    select
        event_date,
        trace_id,
        trace_start_unix_nano,
        {%- for key in lookups %}
        cast({{ attr(key) }} as varchar) as value_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_otlp__spans') }}
    where {{ is_due('event_date') }}
),

attributes as (
    {%- for key in lookups %}
    {% if not loop.first %}union all{% endif %}
    select distinct
        event_date,
        '{{ key }}' as attribute_key,
        value_{{ loop.index }} as attribute_value,
        trace_id,
        trace_start_unix_nano
    from spans
    where value_{{ loop.index }} is not null
    {%- endfor %}
)

select *
from attributes
-- Value by value, so that a look-up reads what lies together.
order by attribute_key, attribute_value, trace_start_unix_nano, trace_id
