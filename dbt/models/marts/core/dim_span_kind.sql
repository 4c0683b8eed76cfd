with declared as (
    select *
    from (
        values
        (0, 'UNSPECIFIED', false, false),
        (1, 'INTERNAL', false, false),
        (2, 'SERVER', true, false),
        (3, 'CLIENT', false, true),
        (4, 'PRODUCER', false, true),
        (5, 'CONSUMER', true, false)
    ) as kinds (kind, kind_name, is_incoming, is_outgoing)
),

-- OTLP's enums are open: a number that the specification does not know yet is a row too.
unknown as (
    select distinct kind
    from {{ ref('dim_operation') }}
    where kind not in (select declared.kind from declared)
)

select
    kind,
    kind_name,
    is_incoming,
    is_outgoing
from declared

union all

select
    kind,
    'UNKNOWN ' || kind as kind_name,
    false as is_incoming,
    false as is_outgoing
from unknown
order by kind
