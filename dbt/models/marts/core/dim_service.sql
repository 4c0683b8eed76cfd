-- Named by resources and, so that no fact loses its service, by operations, logs and streams too.
with names as (
    select {{ named_service('service_name') }} as service_name
    from {{ ref('stg_otlp__resources') }}

    union

    select service_name
    from {{ ref('dim_operation') }}

    union

    select service_name
    from {{ ref('int_log_days') }}

    union

    select service_name
    from {{ ref('dim_metric_stream') }}
),

resources as (
    select
        service_name,
        count(*) as resource_count,
        count(distinct service_version) as version_count,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        sum(span_count) as span_count,
        sum(log_record_count) as log_record_count,
        sum(metric_point_count) as metric_point_count
    from {{ ref('dim_resource') }}
    group by service_name
),

latest as (
    select
        service_name,
        service_namespace,
        service_version,
        deployment_environment_name
    from {{ ref('dim_resource') }}
    qualify row_number() over (
        partition by service_name order by last_seen_at desc nulls last, resource_key
    ) = 1
)

select
    names.service_name,
    names.service_name <> '(unnamed)' as is_named,
    latest.service_namespace,
    latest.service_version,
    latest.deployment_environment_name,
    cast(coalesce(resources.resource_count, 0) as bigint) as resource_count,
    cast(coalesce(resources.version_count, 0) as bigint) as version_count,
    resources.first_seen_at,
    resources.last_seen_at,
    cast(coalesce(resources.span_count, 0) as bigint) as span_count,
    cast(coalesce(resources.log_record_count, 0) as bigint) as log_record_count,
    cast(coalesce(resources.metric_point_count, 0) as bigint) as metric_point_count
from names
left join resources on names.service_name = resources.service_name
left join latest on names.service_name = latest.service_name
order by names.service_name
