"""DuckDB connections that read the files of a lake, wherever it lies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from warehouse.errors import WarehouseError
from warehouse.stores.paths import is_store_url, store_path
from warehouse.stores.places import Place
from warehouse.stores.settings import endpoint, settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NO_EXTENSIONS = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


def connect(
    lake: Place | str, database: str | Path = ":memory:", *, read_only: bool = False, **config: Any
) -> DuckDBPyConnection:
    """A DuckDB database that reads files below `lake`. No extension is fetched from anywhere."""
    import duckdb

    con = duckdb.connect(str(database), read_only=read_only, config=_NO_EXTENSIONS | config)
    try:
        # It would mix with what commands print; notebooks without widgets refuse the setting, and show none.
        if con.execute("select current_setting('enable_progress_bar')").fetchone() == (True,):
            con.execute("set enable_progress_bar = false")
        reach(con, str(lake))
    except BaseException:
        con.close()
        raise
    return con


def reach(con: DuckDBPyConnection, lake: str) -> None:
    """Let a connection read files below `lake`, the path or URL of a lake; credentials stay in its memory.

    Amazon's protocol is spoken by the extension httpfs where the settings hold keys. Other stores, and other
    ways to be known to Amazon's, are read through Python with the connection that ingest uses.
    """
    if not is_store_url(lake):
        return
    root = store_path(lake).root
    scheme = root.partition("://")[0]
    if has_own_client(root):
        con.execute(f"load {_text(str(_httpfs()))}")
        con.execute(_secret(root, settings(root)))
    elif scheme not in con.list_filesystems():
        from warehouse.stores.file_system import StoreFiles

        con.register_filesystem(StoreFiles(scheme))


def has_own_client(root: str) -> bool:
    """Whether DuckDB reads the store by itself: Amazon's protocol, where the settings hold keys."""
    found = settings(root)
    return root.startswith("s3://") and ("AWS_ACCESS_KEY_ID" in found or "AWS_SKIP_SIGNATURE" in found)


def _httpfs() -> Path:
    """The extension's file, which comes as a Python package of DuckDB's own version."""
    try:
        import duckdb_extension_httpfs as package
    except ImportError as error:
        raise WarehouseError(
            "Reading a lake on S3 takes the package duckdb-extension-httpfs: install otlp-warehouse again."
        ) from error
    return next(Path(package.__path__[0]).rglob("*.duckdb_extension"))


def _secret(root: str, found: dict[str, str]) -> str:
    """A secret for one bucket, which lives as long as the database is open and is never written to a file."""
    options = {
        "key_id": found.get("AWS_ACCESS_KEY_ID"),
        "secret": found.get("AWS_SECRET_ACCESS_KEY"),
        "session_token": found.get("AWS_SESSION_TOKEN"),
        "region": found.get("AWS_REGION"),
        "scope": root,
    }
    if server := endpoint(root, found):
        address = urlsplit(server)
        is_virtual = found.get("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "").lower() == "true"
        options |= {
            "endpoint": address.netloc + address.path.rstrip("/"),
            "use_ssl": "true" if address.scheme == "https" else "false",
            "url_style": "vhost" if is_virtual else "path",
        }
    listed = ", ".join(f"{name} {_text(value)}" for name, value in options.items() if value is not None)
    return f"create or replace temporary secret otlp_warehouse_lake (type s3, provider config, {listed})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
