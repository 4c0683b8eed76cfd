select *
from {{ source('lake', 'metric_streams') }}
