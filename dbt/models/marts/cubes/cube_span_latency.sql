{{ config(materialized='by_date') }}
{%- set cell = ['service_name', 'operation_key', 'kind', 'status_code', 'http_status_class'] -%}
with five_minutes as (
    select
        event_date,
        five_minutes_at as period_start_at,
        {{ cell | join(', ') }},
        bucket_index,
        count(*) as span_count,
        sum(adjusted_count) as adjusted_count
    from {{ ref('int_spans_bucketed') }}
    where {{ is_due('event_date') }}
    group by all
),

{{ three_grains('five_minutes', cell + ['bucket_index'], {
    'span_count': 'cast(sum(span_count) as bigint)',
    'adjusted_count': 'sum(adjusted_count)',
}) }}

select
    grain,
    event_date,
    period_start_at,
    {{ cell | join(', ') }},
    bucket_index,
    span_count,
    cast(adjusted_count as decimal(38, 6)) as adjusted_count
from grains
-- Cell by cell, so that a cell's periods lie together and its columns take no space.
order by grain, {{ cell | join(', ') }}, period_start_at, bucket_index
