{{ config(materialized='by_date', tags='duckdb') }}
{%- set names = [] -%}
{%- for key, declared in promoted_attributes().items() if 'spans' in declared.tables -%}
    {%- do names.extend([key] + declared.aliases) -%}
{%- endfor %}
with names as (
    select
        event_date,
        unnest(map_keys(attributes)) as attribute_key
    from {{ source('lake', 'spans') }}
    where {{ is_due('event_date') }}
)

select distinct
    event_date,
    attribute_key
from names
where attribute_key in ('{{ names | join("', '") }}')
