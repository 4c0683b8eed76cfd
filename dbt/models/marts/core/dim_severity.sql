with declared as (
    select
        cast(number as integer) as severity_number,
        case
            when number = 0 then 'UNSPECIFIED'
            else split_part('TRACE,DEBUG,INFO,WARN,ERROR,FATAL', ',', cast({{ whole_quotient('(number - 1)', '4') }} + 1 as integer))
        end as severity_level
    from range(25) as numbers (number)
),

-- OTLP's enums are open: a number that the specification does not know yet is a row too.
unknown as (
    select distinct
        severity_number,
        'UNKNOWN' as severity_level
    from {{ ref('int_log_days') }}
    where severity_number not between 0 and 24
),

severities as (
    select *
    from declared
    union all
    select *
    from unknown
)

select
    severity_number,
    severity_level,
    case
        when severity_number = 0 then severity_level
        when severity_level = 'UNKNOWN' then severity_level || ' ' || severity_number
        when severity_number % 4 = 1 then severity_level
        else severity_level || ((severity_number - 1) % 4 + 1)
    end as severity_name,
    severity_level in ('ERROR', 'FATAL') as is_error
from severities
order by severity_number
