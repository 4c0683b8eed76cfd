-- depends_on: {{ ref('int_mapped_names') }}
select
    *,
    {{ nano_timestamp('start_time_unix_nano') }} as started_at,
    case
        when start_time_unix_nano > 0
            then {{ nano_timestamp('start_time_unix_nano + greatest(duration_nano, 0)') }}
    end as ended_at
from {{ source('lake', 'spans') }}
