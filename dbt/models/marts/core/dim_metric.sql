select
    metric_key,
    min(metric_name) as metric_name,
    min(unit) as unit,
    min(metric_type) as metric_type,
    min(description) as description,
    count(distinct description) as description_count,
    count(distinct service_name) as service_count,
    count(*) as stream_count
from {{ ref('dim_metric_stream') }}
group by metric_key
order by metric_name, metric_type, unit
