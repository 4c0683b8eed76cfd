with resources as (
    select
        resources.*,
        {{ named_service('resources.service_name') }} as named_service,
        {{ attr('deployment.environment.name', 'resources', 'resources') }} as environment_name,
        observed.first_seen_at,
        observed.last_seen_at,
        coalesce(observed.span_count, 0) as span_count,
        coalesce(observed.log_record_count, 0) as log_record_count,
        coalesce(observed.metric_point_count, 0) as metric_point_count
    from {{ ref('stg_otlp__resources') }} as resources
    left join {{ ref('int_resources_observed') }} as observed on resources.resource_key = observed.resource_key
),

versions as (
    select
        named_service,
        environment_name,
        service_version,
        min(first_seen_at) as version_first_seen_at
    from resources
    where service_version is not null
    group by named_service, environment_name, service_version
),

changes as (
    select
        *,
        lag(service_version) over (
            partition by named_service, environment_name
            order by version_first_seen_at nulls last, service_version
        ) as previous_service_version
    from versions
)

select
    resources.resource_key,
    resources.named_service as service_name,
    resources.service_namespace,
    resources.service_version,
    changes.version_first_seen_at,
    changes.previous_service_version,
    resources.service_instance_id,
    resources.environment_name as deployment_environment_name,
    resources.schema_url,
    resources.attributes,
    resources.attribute_types,
    resources.dropped_attributes_count,
    resources.entity_refs,
    resources.first_seen_at,
    resources.last_seen_at,
    resources.span_count,
    resources.log_record_count,
    resources.metric_point_count
from resources
left join changes
    on
        resources.named_service = changes.named_service
        and resources.environment_name is not distinct from changes.environment_name
        and resources.service_version = changes.service_version
order by service_name, resources.first_seen_at, resources.resource_key
