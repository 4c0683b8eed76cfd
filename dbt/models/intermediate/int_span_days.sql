{{ config(materialized='by_date') }}
select
    event_date,
    resource_key,
    status_code,
    min(started_at) as first_seen_at,
    max(started_at) as last_seen_at,
    count(*) as row_count
from {{ ref('stg_otlp__spans') }}
where {{ is_due('event_date') }}
group by event_date, resource_key, status_code
