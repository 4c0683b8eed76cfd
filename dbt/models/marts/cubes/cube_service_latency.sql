{{ config(materialized='by_date') }}
{%- set threshold_nano = 500000000 -%}
{%- set number -%} {{ cell_number('services.service_rank', 'spans.five_minutes', 'spans.bucket_index') }} {%- endset -%}
with services as (
    select distinct
        event_date,
        operation_key,
        service_rank,
        service_name
    from {{ ref('int_cells_ranked') }}
),

five_minutes as (
    select
        {{ number }} as cell_number,
        count(*) as request_count,
        sum(spans.adjusted_count) as adjusted_request_count,
        count(*) filter (where spans.status_code = 2) as error_count,
        count(*) filter (
            where spans.status_code <> 2 and spans.duration_nano <= {{ threshold_nano }}
        ) as satisfied_count,
        count(*) filter (
            where
            spans.status_code <> 2
            and spans.duration_nano > {{ threshold_nano }}
            and spans.duration_nano <= 4 * {{ threshold_nano }}
        ) as tolerating_count
    from {{ ref('int_spans_bucketed') }} as spans
    inner join services on spans.event_date = services.event_date and spans.operation_key = services.operation_key
    where spans.is_request and {{ is_due('spans.event_date') }}
    group by {{ number }}
),

{%- set measures = {'adjusted_request_count': 'sum(adjusted_request_count)'} -%}
{%- for column in ['request_count', 'error_count', 'satisfied_count', 'tolerating_count'] -%}
    {%- do measures.update({column: 'cast(sum(' ~ column ~ ') as bigint)'}) -%}
{%- endfor %}

{{ three_grains('five_minutes', measures) }},

names as (
    select
        service_rank,
        min(service_name) as service_name
    from services
    group by service_rank
)

select
    {{ grain_columns('sorted_grains', five_minutes_of('sorted_grains.cell_number')) }},
    names.service_name,
    {{ bucket_of('sorted_grains.cell_number') }} as bucket_index,
    sorted_grains.request_count,
    cast(sorted_grains.adjusted_request_count as decimal(38, 6)) as adjusted_request_count,
    sorted_grains.error_count,
    sorted_grains.satisfied_count,
    sorted_grains.tolerating_count
from sorted_grains
inner join names on {{ cell_rank_of('sorted_grains.cell_number') }} = names.service_rank
