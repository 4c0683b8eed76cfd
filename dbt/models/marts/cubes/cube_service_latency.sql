{{ config(materialized='by_date') }}
{%- set threshold_nano = 500000000 -%}
with requests as {{ not_kept() }} (
    select *
    from {{ ref('int_spans_bucketed') }}
    where is_request and {{ is_due('event_date') }}
),

ranked_services as (
    select
        service_name,
        cast(row_number() over (order by service_name) as bigint) as cell_rank
    from (
        select service_name
        from requests
        group by service_name
        having {{ few_groups() }}
    ) as distinct_services
),

services as (
    select *
    from ranked_services
    where {{ few_rows('cell_rank') }}
),

five_minutes as (
    select
        {{ cell_number('services.cell_rank', 'requests.five_minutes', 'requests.bucket_index') }} as cell_number,
        count(*) as request_count,
        sum(requests.adjusted_count) as adjusted_request_count,
        count(*) filter (where requests.status_code = 2) as error_count,
        count(*) filter (
            where requests.status_code <> 2 and requests.duration_nano <= {{ threshold_nano }}
        ) as satisfied_count,
        count(*) filter (
            where
            requests.status_code <> 2
            and requests.duration_nano > {{ threshold_nano }}
            and requests.duration_nano <= 4 * {{ threshold_nano }}
        ) as tolerating_count
    from requests
    left join services on requests.service_name = services.service_name
    group by {{ cell_number('services.cell_rank', 'requests.five_minutes', 'requests.bucket_index') }}
),

{%- set measures = {'adjusted_request_count': 'sum(adjusted_request_count)'} -%}
{%- for column in ['request_count', 'error_count', 'satisfied_count', 'tolerating_count'] -%}
    {%- do measures.update({column: 'cast(sum(' ~ column ~ ') as bigint)'}) -%}
{%- endfor %}

{{ three_grains('five_minutes', measures) }}

select
    {{ grain_columns('sorted_grains') }},
    services.service_name,
    {{ bucket_of('sorted_grains.cell_number') }} as bucket_index,
    sorted_grains.request_count,
    cast(sorted_grains.adjusted_request_count as decimal(38, 6)) as adjusted_request_count,
    sorted_grains.error_count,
    sorted_grains.satisfied_count,
    sorted_grains.tolerating_count
from sorted_grains
inner join services on {{ cell_rank_of('sorted_grains.cell_number') }} = services.cell_rank
