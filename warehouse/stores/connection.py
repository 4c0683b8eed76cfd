"""Connections to object stores, for bytes and for Delta tables."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from warehouse.stores.settings import allows_http, endpoint, google_emulator, settings

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_RETRIES, _RETRY_SECONDS, _LONGEST_WAIT_SECONDS = 6, 60, 10
"""Requests refused with 429 or 5xx, or not answered, are sent again: after 0.1 s, 0.2 s, 0.4 s and so on."""
_KEYS = {
    "AWS_ACCESS_KEY_ID": "access_key_id",
    "AWS_SECRET_ACCESS_KEY": "secret_access_key",
    "AWS_SESSION_TOKEN": "session_token",
    "AWS_REGION": "region",
}
_READ_FROM_ENVIRONMENT = ("STORAGE_EMULATOR_HOST", "AZURITE_BLOB_STORAGE_URL")
"""No options of the libraries."""


def connect(root: str) -> ObjectStore:
    """The bucket or container of a URL such as `s3://bucket`. Says nothing to the store yet."""
    return _connect(root, tuple(sorted(settings(root).items())))


@lru_cache
def _connect(root: str, variables: tuple[tuple[str, str], ...]) -> ObjectStore:
    from obstore.store import from_url

    found = dict(variables)
    options: dict[str, Any] = {
        "config": _config(root, found),
        "client_options": {"allow_http": True} if allows_http(root, found) else {},
        "retry_config": {
            "max_retries": _RETRIES,
            "retry_timeout": timedelta(seconds=_RETRY_SECONDS),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=_LONGEST_WAIT_SECONDS),
                "base": 2,
            },
        },
    }
    store: ObjectStore = from_url(root, **options)
    return store


def _config(root: str, found: dict[str, str]) -> dict[str, Any] | None:
    if emulator := google_emulator(root, found):
        return {"service_account_key": _anonymous(emulator)}
    if root.startswith("s3://"):
        given = {name: found[variable] for variable, name in _KEYS.items() if variable in found}
        return given | ({"endpoint": server} if (server := endpoint(root, found)) else {})
    return None


def _anonymous(emulator: str) -> str:
    """An account without credentials: writes would ask for a token although signatures are to be skipped."""
    account = {"gcs_base_url": emulator, "disable_oauth": True}
    return json.dumps(account | dict.fromkeys(("client_email", "private_key", "private_key_id"), ""))


def delta_options(root: str) -> dict[str, str]:
    """What the Delta library is told of the store: the same settings, and commits by conditional writes."""
    found = settings(root)
    options = {k: v for k, v in found.items() if k not in _READ_FROM_ENVIRONMENT}
    if allows_http(root, found):
        options["allow_http"] = "true"
    if emulator := google_emulator(root, found):
        options["google_service_account_key"] = _anonymous(emulator)
    if root.startswith("s3://"):
        options["aws_conditional_put"] = "etag"
        if server := endpoint(root, found):
            options["AWS_ENDPOINT_URL"] = server
    return options
