select
    *,
    {{ nano_timestamp('start_time_unix_nano') }} as started_at
from {{ source('lake', 'traces') }}
