"""Tables of the newest complete batch, read from the few files that can hold a trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from warehouse.lake.snapshot import pinned_versions
from warehouse.lake.tables import open_table
from warehouse.stores.duckdb_access import connect
from warehouse.stores.places import Place
from warehouse.traces.files import TraceFile, trace_files

Row = dict[str, Any]


class TraceTables:
    """Raises WarehouseError when there is no lake."""

    def __init__(self, lake: Place) -> None:
        self._lake, self._versions = lake, pinned_versions(lake)
        self._con = connect(lake)
        self._files: dict[str, list[TraceFile]] = {}

    def files(self, table: str) -> list[TraceFile]:
        """Every file of the table, with the trace ids that it can hold."""
        if table not in self._files:
            opened = open_table(self._lake, table, self._versions[table])
            self._files[table] = trace_files(self._lake / table, opened)
        return self._files[table]

    def query(self, table: str, files: Sequence[TraceFile], query: str, values: list[Any]) -> list[Row]:
        """Rows of a query that reads these files of the table as `{files}`; without files there are none."""
        if not files:
            return []
        paths = ", ".join("'" + str(self._lake / table / f.path).replace("'", "''") + "'" for f in files)
        # By name: files may be older than an attribute's column.
        options = "hive_partitioning = true, hive_types = {'event_date': date}, union_by_name = true"
        found = self._con.execute(query.format(files=f"read_parquet([{paths}], {options})"), values)
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
