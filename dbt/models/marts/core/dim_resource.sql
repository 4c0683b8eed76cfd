select
    resources.resource_key,
    {{ named_service('resources.service_name') }} as service_name,
    resources.service_namespace,
    resources.service_version,
    resources.service_instance_id,
    {{ attr('deployment.environment.name', 'resources', 'resources') }} as deployment_environment_name,
    resources.schema_url,
    resources.attributes,
    resources.attribute_types,
    resources.dropped_attributes_count,
    resources.entity_refs,
    observed.first_seen_at,
    observed.last_seen_at,
    coalesce(observed.span_count, 0) as span_count,
    coalesce(observed.log_record_count, 0) as log_record_count,
    coalesce(observed.metric_point_count, 0) as metric_point_count
from {{ ref('stg_otlp__resources') }} as resources
left join {{ ref('int_resources_observed') }} as observed on resources.resource_key = observed.resource_key
order by service_name, observed.first_seen_at, resources.resource_key
