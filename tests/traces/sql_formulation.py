"""Parent, heads, depth and self time of spans as DuckDB SQL, from the input rows of assembly.

An independent statement: joins, a recursive walk and windows instead of pointers.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

Row = dict[str, Any]

_PLACED = """
create temp table placed as
with spans as (
    select
        *,
        regexp_matches(trace_id, '[^0]') and regexp_matches(span_id, '[^0]') as has_ids,
        case when regexp_matches(parent_span_id, '[^0]') then parent_span_id end as parent_id,
        start_time_unix_nano::hugeint as start_nano,
        least(
            start_time_unix_nano::hugeint + greatest(duration_nano, 0), 9223372036854775807
        )::hugeint as end_nano
    from input
),

kept as (
    select * from spans
    where has_ids
    qualify row_number() over (
        partition by trace_id, span_id
        order by end_nano desc, content_key desc nulls last, is_assembled desc, row
    ) = 1
)

select
    kept.*,
    parents.row as parent_row,
    parents.service_name as parent_service_name,
    kept.parent_id is null as is_root,
    kept.parent_id is not null and parents.row is null as is_orphan
from kept
left join kept as parents
    on kept.trace_id = parents.trace_id and kept.parent_id = parents.span_id
"""

_FILLED = """
with recursive walk as (
    select row, 0 as depth from placed where parent_row is null
    union all
    select placed.row, walk.depth + 1
    from placed inner join walk on placed.parent_row = walk.row
),

clipped as (
    select
        parents.row,
        greatest(children.start_nano, parents.start_nano) as begin_nano,
        least(children.end_nano, parents.end_nano) as finish_nano
    from placed as children
    inner join placed as parents on children.parent_row = parents.row
),

ordered as (
    select
        *,
        max(finish_nano) over (
            partition by row order by begin_nano, finish_nano
            rows between unbounded preceding and 1 preceding
        ) as covered_to
    from clipped
    where finish_nano > begin_nano
),

covered as (
    select row, sum(greatest(finish_nano - greatest(begin_nano, coalesce(covered_to, begin_nano)), 0)) as nano
    from ordered
    group by row
),

childhood as (
    select parent_row as row, count(*) as child_count from placed where parent_row is not null group by all
)

select
    placed.row,
    placed.is_root,
    placed.is_orphan,
    walk.depth,
    coalesce(childhood.child_count, 0) as child_count,
    placed.parent_service_name,
    case
        when placed.parent_row is not null
            then placed.parent_service_name is distinct from placed.service_name
    end as is_remote_parent,
    (greatest(placed.duration_nano, 0) - coalesce(covered.nano, 0))::bigint as self_time_nano
from placed
left join walk using (row)
left join covered using (row)
left join childhood using (row)
"""


def sql_columns(spans: pa.Table) -> list[Row]:
    """One row per surviving span with valid ids, in no order."""
    return sql_table(spans).to_pylist()


def sql_table(spans: pa.Table) -> pa.Table:
    """The same as a table; one thread computes it."""
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.register("given", spans.append_column("row", pa.array(np.arange(len(spans)))))
        connection.execute("create temp table input as select * from given")
        connection.execute(_PLACED)
        return connection.execute(_FILLED).to_arrow_table()
