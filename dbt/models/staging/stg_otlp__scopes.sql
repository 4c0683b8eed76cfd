select *
from {{ source('lake', 'scopes') }}
