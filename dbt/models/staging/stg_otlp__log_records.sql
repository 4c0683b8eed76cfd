select
    *,
    {{ nano_timestamp('time_unix_nano') }} as recorded_at,
    {{ nano_timestamp('observed_time_unix_nano') }} as observed_at
from {{ source('lake', 'log_records') }}
