"""Which files hold what: tables of a served file, and table macros that read a trace's files alone.

A view over a thousand files opens every one of them to look for a trace. `trace_spans(trace_id, day)`,
`trace_span_events(…)` and `trace_span_links(…)` open the one file per date whose range of trace ids holds it:
`from trace_spans('4bf92f3577b34da6a3ce929d0e0e4736', day := date '2026-11-20')`; without the day, one file of
every date.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from warehouse.serve.sql_text import quoted

BY_TRACE = ("spans", "span_events", "span_links")
_DATES = """
    create or replace table lake.lake_dates as
    select
        table_name,
        event_date,
        -- The table's own id, too: a lake that was made anew may use the names of the old one's files.
        md5(tables.id || chr(10) || string_agg(path, chr(10) order by path)) as fingerprint,
        cast(coalesce(sum(row_count), 0) as bigint) as row_count
    from lake.lake_files
    inner join tables using (table_name)
    where event_date is not null
    group by table_name, event_date, tables.id
    order by table_name, event_date
"""


def record(con: duckdb.DuckDBPyConnection, files: pa.Table, ids: Mapping[str, str]) -> None:
    """Write `lake.lake_files` and `lake.lake_dates`: a fingerprint for the files of every table and date.

    `files` is as `data_files.SCHEMA`, `ids` are the Delta ids of the tables.
    """
    tables = pa.table(
        {"table_name": pa.array(ids.keys(), pa.string()), "id": pa.array(ids.values(), pa.string())}
    )
    con.register("files", files)
    con.register("tables", tables)
    con.execute("create or replace table lake.lake_files as from files order by table_name, event_date, path")
    con.execute(_DATES)
    con.unregister("files")
    con.unregister("tables")


def candidates(files: pa.Table | None) -> str:
    """An expression: the paths of the files that may hold `trace` on `day`, which may be null.

    It is folded to a constant before the files are bound. One text literal, taken apart, binds ten times
    faster than a literal list of structs. When no file qualifies it gives the first: a reader needs one.
    """
    rows = files.to_pylist() if files is not None else []
    lines = "\n".join(
        "\t".join((str(r["event_date"]), r["path"], r["min_trace_id"] or "", r["max_trace_id"] or ""))
        for r in rows
    )
    first = quoted(rows[0]["path"]) if rows else "''"
    return f"""list_transform(coalesce(nullif(list_filter(
        list_transform(string_split({quoted(lines)}, chr(10)), lambda line: string_split(line, chr(9))),
        lambda file: (file[4] = '' or trace between file[3] and file[4])
            and coalesce(file[1] = cast(day as varchar), true)
    ), []), [['', {first}]]), lambda file: lake.lake_root() || file[2])"""


def trace_macro(table: str, select: str) -> str:
    """The statement that creates `main.trace_<table>(trace, day := null)`: rows as in lake.<table>."""
    return (
        f"create or replace macro main.trace_{table}(trace, day := null) as table\n"
        f"select * from ({select}) as rows where rows.trace_id = trace"
    )
