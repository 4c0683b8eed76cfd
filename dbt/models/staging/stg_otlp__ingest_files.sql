select
    *,
    {{ nano_timestamp('ingested_at_unix_nano') }} as ingested_at,
    {{ nano_timestamp('modified_unix_nano') }} as modified_at
from {{ source('lake', 'ingest_files') }}
