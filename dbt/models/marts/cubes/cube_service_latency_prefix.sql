{{ config(materialized='by_date', period='month', tags='duckdb') }}
with counts as (
    select
        service_name,
        cast(date_trunc('month', event_date) as date) as month_start_date,
        event_date,
        bucket_index,
        request_count
    from {{ ref('cube_service_latency') }}
    where grain = 'day' and bucket_index <> {{ zero_bucket() }} and {{ is_due('event_date') }}
),

domains as (
    select
        service_name,
        month_start_date,
        unnest(range(min(bucket_index), max(bucket_index) + 1)) as bucket_index
    from counts
    group by service_name, month_start_date
),

dates as (
    select distinct
        service_name,
        month_start_date,
        event_date
    from counts
),

dense as (
    select
        domains.service_name,
        domains.month_start_date,
        dates.event_date,
        cast(domains.bucket_index as integer) as bucket_index,
        coalesce(counts.request_count, 0) as request_count
    from domains
    inner join dates
        on domains.service_name = dates.service_name and domains.month_start_date = dates.month_start_date
    left join counts
        on
            domains.service_name = counts.service_name
            and dates.event_date = counts.event_date
            and domains.bucket_index = counts.bucket_index
),

up_to_bucket as (
    select
        * exclude (request_count),
        sum(request_count) over (
            partition by service_name, event_date order by bucket_index
        ) as request_count
    from dense
)

select
    service_name,
    month_start_date,
    event_date,
    bucket_index,
    cast(sum(request_count) over (
        partition by service_name, month_start_date, bucket_index order by event_date
    ) as bigint) as cumulative_count
from up_to_bucket
order by service_name, event_date, bucket_index
