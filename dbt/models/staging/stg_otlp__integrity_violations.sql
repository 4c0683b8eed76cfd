select *
from {{ source('lake', 'integrity_violations') }}
