with bounds as (
    select
        min(event_date) as first_date,
        max(event_date) as last_date
    from {{ source('locator', 'lake_dates') }}
    where row_count > 0 and event_date > date '1970-01-01'
),

dates as (
    select date '1970-01-01' as date_day

    union all

    select cast(days.date_at as date) as date_day
    from bounds
    cross join unnest(generate_series(cast(first_date as timestamp), cast(last_date as timestamp), interval 1 day)) as days (date_at)
)

select
    date_day as event_date,
    date_day > date '1970-01-01' as is_in_range,
    cast(year(date_day) as integer) as calendar_year,
    cast(quarter(date_day) as integer) as calendar_quarter,
    cast(month(date_day) as integer) as calendar_month,
    cast(day(date_day) as integer) as day_of_month,
    cast(isodow(date_day) as integer) as iso_day_of_week,
    cast(yearweek(date_day) as integer) as iso_year_week,
    dayname(date_day) as day_name,
    isodow(date_day) >= 6 as is_weekend,
    cast(date_trunc('week', date_day) as date) as week_start_date,
    cast(date_trunc('month', date_day) as date) as month_start_date
from dates
order by event_date
