select
    *,
    {{ nano_timestamp('time_unix_nano') }} as measured_at,
    {{ nano_timestamp('start_time_unix_nano') }} as started_at
from {{ source('lake', 'histogram_points') }}
