"""`otlp-warehouse sql`: questions to the served file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.cli.options import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption
from warehouse.errors import USAGE, WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation


class Format(StrEnum):
    """How rows are written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def sql(
    query: Annotated[str, typer.Argument(help="SQL of DuckDB; `-` reads it from stdin.")],
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--from", help="Ask OTLP files, folders or globs instead of the served file. Repeatable."
        ),
    ] = None,
    format: Annotated[
        Format | None, typer.Option(help="Default: a table on a terminal, CSV elsewhere.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of stdout.")] = None,
    record: Annotated[
        bool, typer.Option(help="Keep the query's text beside the served file, for `advise`.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Run one query on the served file, which is only read, or on OTLP files.

    Examples:

      otlp-warehouse sql "from daily_service_health order by health limit 10"

      otlp-warehouse sql "show tables"

      otlp-warehouse sql "from fct_service_calls" --format parquet --out calls.parquet

      otlp-warehouse sql --from exports/ "select service_name, count(*) from spans group by all"
    """
    import duckdb

    from warehouse.serve import query_log
    from warehouse.serve.served_file import connect, query_failed

    form = Format.json if as_json else format or _default_format(out)
    if form is Format.parquet and out is None:
        raise WarehouseError("Parquet is no text: give a file with --out.", USAGE)
    if form is Format.table and out is not None:
        raise WarehouseError("A table is for the terminal: use --format csv with --out.", USAGE)
    with _files(sources, as_json) if sources else closing(connect(warehouse)) as con:
        try:
            text = sys.stdin.read() if query == "-" else query
            if not text.strip():
                raise WarehouseError("There is no query: give SQL, or `-` and SQL on stdin.", USAGE)
            relation = con.sql(text)
            if record and not sources:
                query_log.record(warehouse, text)
            if relation is not None:
                _write(relation, form, out)
        except duckdb.Error as error:
            raise query_failed(con, error) from error
        except OSError as error:
            if isinstance(error, BrokenPipeError) or out is None:
                raise
            raise WarehouseError(
                f"{out} cannot be written ({error.strerror}): choose another --out."
            ) from error


@contextmanager
def _files(sources: list[str], quiet: bool) -> Iterator[DuckDBPyConnection]:
    from warehouse.cli.screen import byte_progress, counted
    from warehouse.serve.direct import otlp_files

    with byte_progress("Reading", quiet) as bytes_done, otlp_files(sources, progress=bytes_done) as con:
        if found := con.table("rejects").shape[0]:
            told = f"{counted(found, 'reject')}: `select path, reason, detail from rejects` says of what."
            print(told, file=sys.stderr)
        yield con


def _default_format(out: Path | None) -> Format:
    if out is not None and out.suffix.lstrip(".") in set(Format):
        return Format(out.suffix.lstrip("."))
    return Format.table if out is None and sys.stdout.isatty() else Format.csv


def _write(relation: DuckDBPyRelation, form: Format, out: Path | None) -> None:
    from warehouse.cli.rows import print_table, write_csv, write_json

    if form is Format.parquet:
        relation.write_parquet(str(out))
    elif form is Format.csv and out is not None:
        relation.write_csv(str(out), header=True)
    elif form is Format.csv:
        write_csv(relation, sys.stdout)
    elif form is Format.table:
        print_table(relation)
    elif out is None:
        write_json(relation, sys.stdout)
    else:
        with out.open("w", encoding="utf-8") as file:
            write_json(relation, file)
