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

    select {{ each_date('first_date', 'last_date') }} as date_day
    from bounds
)

select
    date_day as event_date,
    date_day > date '1970-01-01' as is_in_range,
    cast(year(date_day) as integer) as calendar_year,
    cast(quarter(date_day) as integer) as calendar_quarter,
    cast(month(date_day) as integer) as calendar_month,
    cast(day(date_day) as integer) as day_of_month,
    {{ iso_day_of_week('date_day') }} as iso_day_of_week,
    {{ iso_year_week('date_day') }} as iso_year_week,
    {{ day_name('date_day') }} as day_name,
    {{ iso_day_of_week('date_day') }} >= 6 as is_weekend,
    cast(date_trunc('week', date_day) as date) as week_start_date,
    cast(date_trunc('month', date_day) as date) as month_start_date
from dates
order by event_date
