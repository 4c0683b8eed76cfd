{{ config(tags='duckdb') }}
{%- set places = {'resource': 'resources', 'scope': 'scopes', 'metric_stream': 'metric_streams'} -%}
with found as (
    select *
    from {{ ref('int_attribute_days') }}
    {%- for place, table in places.items() %}

    union all by name

    (
        {{ attribute_census(ref('stg_otlp__' ~ table), place, table) }}
    )
    {%- endfor %}
),

rows_of_places as (
    select
        table_name,
        cast(sum(row_count) as bigint) as row_count
    from {{ source('locator', 'lake_files') }}
    group by table_name
),

types as (
    select
        place,
        attribute_key,
        value_type,
        cast(sum(occurrence_count) as bigint) as occurrence_count
    from found
    group by place, attribute_key, value_type
),

type_census as (
    select
        place,
        attribute_key,
        first(value_type order by occurrence_count desc, value_type) as value_type,
        map_from_entries(list((value_type, occurrence_count) order by value_type)) as value_types
    from types
    group by place, attribute_key
),

registers as (
    select
        place,
        attribute_key,
        sketch // 64 as register,
        max(sketch % 64) as rank
    from (select place, attribute_key, unnest(value_sketch) as sketch from found) as sketches
    group by place, attribute_key, register
),

distinct_values as (
    select
        place,
        attribute_key,
        {{ distinct_estimate('rank') }} as distinct_estimate
    from registers
    group by place, attribute_key
),

totals as (
    select
        place,
        attribute_key,
        cast(sum(occurrence_count) as bigint) as occurrence_count,
        cast(sum(value_bytes) as bigint) as value_bytes,
        min(event_date) filter (where event_date > date '1970-01-01') as first_seen_date,
        max(event_date) filter (where event_date > date '1970-01-01') as last_seen_date
    from found
    group by place, attribute_key
)

select
    totals.place,
    totals.attribute_key,
    promoted.attribute_key is not null as is_promoted,
    type_census.value_type,
    type_census.value_types,
    totals.occurrence_count,
    totals.occurrence_count / rows_of_places.row_count as row_ratio,
    distinct_values.distinct_estimate,
    totals.value_bytes,
    totals.first_seen_date,
    totals.last_seen_date
from totals
inner join type_census on totals.place = type_census.place and totals.attribute_key = type_census.attribute_key
inner join distinct_values on totals.place = distinct_values.place and totals.attribute_key = distinct_values.attribute_key
inner join rows_of_places on totals.place || 's' = rows_of_places.table_name
left join (
    values
    {%- for key, declared in promoted_attributes().items() -%}
        {%- set outer = loop -%}
        {%- for table in declared.tables %}
    ('{{ table }}', '{{ key }}'){{ ',' if not (outer.last and loop.last) }}
        {%- endfor -%}
    {%- endfor %}
) as promoted (table_name, attribute_key)
    on totals.place || 's' = promoted.table_name and totals.attribute_key = promoted.attribute_key
order by totals.value_bytes desc, totals.place, totals.attribute_key
