{{ config(materialized='by_date') }}
select
    event_date,
    stream_key,
    min(measured_at) as first_seen_at,
    max(measured_at) as last_seen_at,
    count(*) as row_count
from (
    {%- for table in ['number_points', 'histogram_points', 'exponential_histogram_points', 'summary_points'] %}
    {% if not loop.first %}union all{% endif %}
    select
        event_date,
        stream_key,
        measured_at
    from {{ ref('stg_otlp__' ~ table) }}
    where {{ is_due('event_date') }}
    {%- endfor %}
) as points
group by event_date, stream_key
