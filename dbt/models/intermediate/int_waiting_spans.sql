select
    event_date,
    {{ named_service('service_name') }} as service_name,
    count(*) as span_count
from {{ source('lake', 'spans_landing') }}
group by event_date, {{ named_service('service_name') }}
