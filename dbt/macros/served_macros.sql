{#-
  SQL macros of the served file, for readers without dbt.

  `latency_quantile(bucket_index, span_count, q)` is an aggregate: the quantile of the merged buckets of a group in
  nanoseconds, e.g. `select service_name, latency_quantile(bucket_index, span_count, 0.95) from cube_span_latency
  where grain = 'day' group by service_name`. Nearest rank over durations above zero, as bucket_quantiles.
  With a range of time it reads the cheapest cubes itself: `latency_quantile(0.95, service, from_at, to_at)` of the
  service's requests, `latency_quantile(0.95, service, span_name, from_at, to_at)` of an operation's spans.
-#}
{% macro create_served_macros() -%} {{ return(adapter.dispatch('create_served_macros')()) }} {%- endmacro %}

{% macro default__create_served_macros() -%}
    create or replace macro main.exponential_bucket(duration) as {{ exponential_bucket('duration') }};
    create or replace macro main.bucket_upper_bound(bucket) as {{ bucket_upper_bound('bucket') }};
    create or replace macro main.bucket_estimate(bucket) as {{ bucket_estimate('bucket') }};
    create or replace macro main.latency_quantile(bucket, spans, q) as main.bucket_estimate(
        list_reduce(
            list({'bucket': cast(bucket as integer), 'spans': cast(spans as bigint)} order by bucket)
                filter (where bucket <> {{ zero_bucket() }}),
            lambda done, next: case
                when done.spans >= ceil(q * cast(sum(spans) filter (where bucket <> {{ zero_bucket() }}) as bigint)) then done
                else {'bucket': next.bucket, 'spans': done.spans + next.spans}
            end
        ).bucket
    ),
    (q, service, from_at, to_at) as {{ latency_quantile_of_service() }},
    (q, service, operation, from_at, to_at) as {{ latency_quantile_of_operation() }};
    {{ create_latency_macros() }}
{%- endmacro %}

{#- Spark keeps no SQL macros beside tables. -#}
{% macro spark__create_served_macros() -%} {%- endmacro %}
