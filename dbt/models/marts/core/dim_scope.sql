select
    scope_key,
    coalesce(name, '(unnamed)') as scope_name,
    version as scope_version,
    schema_url,
    attributes,
    attribute_types,
    dropped_attributes_count
from {{ ref('stg_otlp__scopes') }}
order by scope_name, scope_version, scope_key
