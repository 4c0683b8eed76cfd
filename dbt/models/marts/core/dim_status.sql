with declared as (
    select *
    from (values (0, 'UNSET', false), (1, 'OK', false), (2, 'ERROR', true)) as statuses (status_code, status_name, is_error)
),

-- OTLP's enums are open: a number that the specification does not know yet is a row too.
unknown as (
    select distinct status_code
    from {{ ref('int_span_days') }}
    where status_code not in (select declared.status_code from declared)
)

select
    status_code,
    status_name,
    is_error
from declared

union all

select
    status_code,
    'UNKNOWN ' || status_code as status_name,
    false as is_error
from unknown
order by status_code
