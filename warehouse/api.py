"""The published warehouse from Python: `from warehouse import open_warehouse`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.errors import USAGE, WarehouseError
from warehouse.serve.served_file import connect, query_failed

Moment = str | dt.date | dt.datetime
"""A time in UTC: a date, a datetime, or text that DuckDB reads as one."""
_TRACE_ID_DIGITS = 32


class Warehouse:
    """A published warehouse, whose methods return Arrow tables.

    It reads the file that was there when it was opened; open it again to see what a later build published.
    Use it from one thread at a time.
    """

    def __init__(self, file: Path) -> None:
        self._connection = connect(file)

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def sql(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> pa.Table:
        """The answer to a query in DuckDB's SQL; `?`, `$1` or `$name` stand for parameters.

        Raises:
            WarehouseError: the query is wrong, or does not return rows.
        """
        try:
            return self._connection.execute(query, parameters).to_arrow_table()
        except duckdb.Error as error:
            raise query_failed(self._connection, error) from error

    def service_latency(
        self, service: str, from_at: Moment | None = None, to_at: Moment | None = None
    ) -> pa.Table:
        """Requests of a service in [from_at, to_at), all times when not given: one row.

        Columns: service_name, request_count, adjusted_request_count, error_count, error_ratio and apdex
        (0 to 1), p50_nano, p90_nano, p95_nano, p99_nano (nanoseconds, within 0.55 %).
        """
        return self.sql("from service_latency($1, $2, $3)", [service, *_range(from_at, to_at)])

    def operation_latency(
        self, service: str | None = None, from_at: Moment | None = None, to_at: Moment | None = None
    ) -> pa.Table:
        """A row per operation of a service, of all services when None, slowest p99 first.

        Columns: service_name, span_name, kind_name, operation_key, span_count, adjusted_count, error_count,
        error_ratio, p50_nano, p90_nano, p95_nano, p99_nano.
        """
        return self.sql("from operation_latency($1, $2, $3)", [service, *_range(from_at, to_at)])

    def service_map(self, from_at: Moment | None = None, to_at: Moment | None = None) -> pa.Table:
        """A row per caller and callee in [from_at, to_at), rounded to hours, busiest first.

        Columns: caller_service_name, callee_name, callee_type, connection_kind, is_inferred (a database,
        queue or host that sends no spans), call_count, adjusted_call_count, error_count, error_ratio,
        p50_nano, p95_nano, p99_nano.
        """
        return self.sql("from service_map($1, $2)", _range(from_at, to_at))

    def trace(self, trace_id: str, day: str | dt.date | None = None) -> pa.Table:
        """The spans of a trace by start, as in `fct_spans`; no rows when there is none.

        `day`, the UTC date of its spans, lets one file be read instead of one a date.
        """
        wanted = trace_id.strip().lower()
        if len(wanted) != _TRACE_ID_DIGITS or not set(wanted) <= set("0123456789abcdef"):
            raise WarehouseError(f"{trace_id!r} is no trace id: give its 32 hex digits.", USAGE)
        return self.sql(
            """
            select * replace (
                coalesce(nullif(service_name, ''), '(unnamed)') as service_name,
                case when is_remote_parent is not null
                    then coalesce(nullif(parent_service_name, ''), '(unnamed)') end as parent_service_name
            )
            from trace_spans($1, day := $2)
            order by start_time_unix_nano, depth, span_id
            """,
            [wanted, _day(day)],
        )

    def violations(
        self, constraint: str | None = None, service: str | None = None, limit: int = 1_000
    ) -> pa.Table:
        """Violated integrity constraints, newest dates and gravest first, each with its fix.

        Columns are those of `fct_integrity_violations`; `constraint` is an id such as IC2.
        """
        return self.sql(
            """
            from fct_integrity_violations
            where ($1 is null or constraint_id = upper($1)) and ($2 is null or service_name = $2)
            order by
                event_date desc, list_position(['error', 'warning', 'info'], severity),
                constraint_id, finding, service_name, trace_id, span_id, stream_key, resource_key, detail
            limit $3
            """,
            [constraint, service, limit],
        )


def _range(from_at: Moment | None, to_at: Moment | None) -> list[dt.datetime]:
    # The range of `event_date`, which leaves out telemetry without a usable time.
    begin = dt.datetime(2000, 1, 1) if from_at is None else _moment(from_at)
    return [begin, dt.datetime(2200, 1, 1) if to_at is None else _moment(to_at)]


def _moment(value: Moment) -> dt.datetime:
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError as error:
            raise WarehouseError(
                f"{value!r} is no time: write 2026-11-20 or 2026-11-20T14:00.", USAGE
            ) from error
    if not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value


def _day(value: str | dt.date | None) -> dt.date | None:
    return None if value is None else _moment(value).date()
