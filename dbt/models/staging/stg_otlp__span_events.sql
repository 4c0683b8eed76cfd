select
    *,
    {{ nano_timestamp('time_unix_nano') }} as occurred_at
from {{ source('lake', 'span_events') }}
