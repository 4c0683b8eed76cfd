"""What dbt's connection needs beyond its profile: access to a lake in an object store."""

from __future__ import annotations

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from warehouse.serve.served_file import reach_lake


class Plugin(BasePlugin):
    """Named in `dbt/profiles.yml`. Credentials come from the environment and go into no file."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        reach_lake(conn)
