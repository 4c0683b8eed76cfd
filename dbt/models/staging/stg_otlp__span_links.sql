select *
from {{ source('lake', 'span_links') }}
