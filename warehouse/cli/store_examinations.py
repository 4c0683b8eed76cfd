"""What `doctor` looks at in the object store that a lake lies in. No credential is ever printed."""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.cli.examinations import Finding
from warehouse.errors import WarehouseError
from warehouse.stores.places import Place, StorePlace

_CREDENTIALS = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
    "gs": ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_KEY"),
    "abfss": (
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_CLIENT_SECRET",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_STORAGE_USE_EMULATOR",
    ),
}


def examine_store(lake: Place) -> Iterator[Finding]:
    """Endpoint, credentials, bucket and conditional writes; nothing for a lake on a disk."""
    from warehouse.stores.leases import keeps_conditions
    from warehouse.stores.settings import endpoint, settings

    if not isinstance(lake, StorePlace):
        return
    try:
        found = settings(lake.root)
    except WarehouseError as error:
        yield Finding("store", "broken", error.message)
        return
    yield Finding("store", "ok", f"{lake.root} at {endpoint(lake.root, found) or 'the public service'}")
    yield _credentials(lake.root, found)
    try:
        keeps = keeps_conditions(lake)
    except OSError as error:
        yield Finding("bucket", "broken", str(error))
        return
    yield Finding("bucket", "ok", f"{lake.root} can be written and read")
    yield (
        Finding("conditional writes", "ok", "honoured: one run at a time holds a lock")
        if keeps
        else Finding("conditional writes", "broken", "ignored: keep the lake in another store, or on a disk")
    )


def _credentials(root: str, found: dict[str, str]) -> Finding:
    named = [name for name in _CREDENTIALS[root.partition("://")[0]] if found.get(name)]
    if named:
        return Finding("credentials", "ok", f"found: {', '.join(named)}")
    return Finding("credentials", "warning", "no variable names any: the machine's own role is tried")
