select *
from {{ source('lake', 'resources') }}
