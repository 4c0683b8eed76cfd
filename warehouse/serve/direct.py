"""Questions to OTLP files themselves, without a lake."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError
from warehouse.lake.unkept import convert_unkept
from warehouse.schemas.dbt_sources import DUCKDB_TYPE
from warehouse.schemas.model import Table
from warehouse.schemas.registry import KEYED_TABLES, TABLES
from warehouse.serve.sql_text import quoted
from warehouse.stores.duckdb_access import connect

_LANDING = "_landing"


@contextmanager
def otlp_files(
    sources: Iterable[str | Path],
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB over files, folders or globs of OTLP: every lake table by its name, as long as the block lasts.

    `spans`, `span_events` and `span_links` show what the files hold, before assembly. `progress` is called
    with source bytes done and in all. Rows lie compressed in a temporary folder, which the system keeps in
    memory while there is room, so files may be larger than memory. Raises WarehouseError when a source is
    missing or the folder cannot be written.

    >>> with otlp_files(["exports/"]) as con:
    ...     con.sql("select service_name, count(*) from spans group by all").show()
    """
    with tempfile.TemporaryDirectory(prefix="otlp-warehouse-") as folder:
        try:
            files = convert_unkept(sources, Path(folder), workers=workers, progress=progress)
        except OSError as error:
            raise WarehouseError(
                f"{folder} cannot be written ({error.strerror}): give TMPDIR a folder with more room."
            ) from error
        con = connect(Path(folder), temp_directory=folder)
        try:
            for name in TABLES:
                table = TABLES.get(f"{name}{_LANDING}", TABLES[name])
                con.execute(f'create view main."{name}" as {_select(table, files.get(table.name, []))}')
            yield con
        finally:
            con.close()


def _select(table: Table, files: Sequence[Path]) -> str:
    """The rows of a table, each entity once, in the types of the registry."""
    value = '"{0}"' if files else "null"
    columns = ", ".join(
        f'cast({value.format(c.name)} as {DUCKDB_TYPE[c.type]}) as "{c.name}"' for c in table.columns
    )
    if not files:
        return f"select {columns} where false"
    once = f"distinct on ({', '.join(table.key)}) " if table.name in KEYED_TABLES else ""
    paths = ", ".join(quoted(file.as_posix()) for file in files)
    hive = f", hive_types = {{'{table.partition}': date}}" if table.partition else ""
    is_hive = "true" if table.partition else "false"
    return f"select {once}{columns} from read_parquet([{paths}], hive_partitioning = {is_hive}{hive})"
