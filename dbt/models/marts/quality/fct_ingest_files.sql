select *
from {{ ref('stg_otlp__ingest_files') }}
order by batch_id, path
