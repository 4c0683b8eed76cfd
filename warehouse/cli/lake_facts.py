"""Questions that verbs ask of the lake's newest complete batch, answered by DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from warehouse.amounts import counted
from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views
from warehouse.stores.duckdb_access import connect as access
from warehouse.stores.places import Place

_SHOWN = 5
"""Files that are named when many end within a record."""
ORPHAN_LIMIT = 10_000_000
"""Spans up to which orphans are counted: about a second per million."""
Row = tuple[Any, ...]


def connect(lake: Place) -> duckdb.DuckDBPyConnection:
    """An in-memory database with a view `lake.<table>` per table. Raises WarehouseError without a lake."""
    tables = snapshot(lake)
    con = access(lake)
    lake_views.create(con, lake, tables)
    return con


def forms_of_batch(con: duckdb.DuckDBPyConnection, batch: int) -> list[Row]:
    """Form, files, bytes, spans, log records, metric points and rejected records read by a batch."""
    return con.execute(
        """
        select
            form || coalesce(' (' || inner_form || ')', '') as form,
            count(*),
            sum(end_offset - start_offset),
            sum(spans),
            sum(log_records),
            sum(metric_points),
            sum(rejected_spans + rejected_log_records + rejected_metric_points + rejected_other)
        from lake.ingest_files
        where batch_id = ? and (end_offset > start_offset or start_offset = 0)
        group by all
        order by count(*) desc, form
        """,
        [batch],
    ).fetchall()


def rejects_of_batch(con: duckdb.DuckDBPyConnection, batch: int) -> list[Row]:
    """Reason, signal, records, and detail, file and byte offset of the first one, of a batch."""
    return con.execute(
        """
        select
            reason,
            signal,
            count(*),
            arg_min(coalesce(detail, ''), place),
            min(place).path,
            min(place).byte_offset
        from (select *, {'path': path, 'byte_offset': byte_offset} as place from lake.rejects)
        where batch_id = ?
        group by reason, signal
        order by count(*) desc, reason
        """,
        [batch],
    ).fetchall()


def torn_tails(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """Path, end offset and torn bytes of files whose newest version ends within a record."""
    return con.execute(
        """
        select path, end_offset, torn_tail_bytes
        from lake.ingest_files
        where not is_replay
        qualify row_number() over (partition by path order by batch_id desc) = 1 and torn_tail_bytes > 0
        order by path
        """
    ).fetchall()


def torn_sentences(tails: Sequence[Row]) -> list[str]:
    """A sentence for each of the first of `torn_tails`, and one that counts the others."""
    told = [
        f"{path} ends within a record ({counted(length, 'byte')} from byte {offset}); "
        "the next run goes on there."
        for path, offset, length in tails[:_SHOWN]
    ]
    if len(tails) > _SHOWN:
        told.append(f"{counted(len(tails) - _SHOWN, 'more file ends', 'more files end')} within a record.")
    return told


def unnamed_spans(con: duckdb.DuckDBPyConnection, batch: int) -> int:
    """Spans of a batch whose resource states no service.name, or an empty one, as IC5 has it."""
    return _number(
        con,
        "select count(*) from lake.spans_landing where ingest_batch = ? and coalesce(service_name, '') = ''",
        [batch],
    )


def orphans(con: duckdb.DuckDBPyConnection) -> int | None:
    """Landing spans that name a parent which the lake does not hold; None when the lake is too big."""
    held = "select trace_id, span_id from lake.spans"
    spans = f"({held}_landing union all {held})"
    if _number(con, f"select count(*) from {spans}") > ORPHAN_LIMIT:
        return None
    return _number(
        con,
        f"""
        select count(*)
        from lake.spans_landing as child
        anti join {spans} as parent
            on child.trace_id = parent.trace_id and child.parent_span_id = parent.span_id
        where child.parent_span_id is not null
        """,
    )


def totals(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Batches, files, bytes and rejected records that the ledger accounts for."""
    row = con.execute(
        """
        select
            count(distinct batch_id) as batches,
            count(distinct path) as files,
            coalesce(sum(end_offset - start_offset), 0)::bigint as bytes,
            coalesce(
                sum(rejected_spans + rejected_log_records + rejected_metric_points + rejected_other), 0
            )::bigint as rejects,
            coalesce(max(batch_id), 0) as last_batch,
            coalesce(max(ingested_at_unix_nano), 0) as last_ingest_unix_nano
        from lake.ingest_files
        """
    )
    names = [column[0] for column in row.description or []]
    return dict(zip(names, row.fetchall()[0], strict=True))


def _number(con: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None) -> int:
    row = con.execute(query, values or []).fetchone()
    return int(row[0]) if row else 0
