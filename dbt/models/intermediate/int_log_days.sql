{{ config(materialized='by_date') }}
select
    event_date,
    resource_key,
    {{ named_service('service_name') }} as service_name,
    severity_number,
    min(coalesce(recorded_at, observed_at)) as first_seen_at,
    max(coalesce(recorded_at, observed_at)) as last_seen_at,
    count(*) as row_count
from {{ ref('stg_otlp__log_records') }}
where {{ is_due('event_date') }}
group by all
