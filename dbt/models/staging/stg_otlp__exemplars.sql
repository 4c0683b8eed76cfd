select
    *,
    {{ nano_timestamp('point_time_unix_nano') }} as measured_at,
    {{ nano_timestamp('time_unix_nano') }} as sampled_at
from {{ source('lake', 'exemplars') }}
