"""Connections to object stores, set up from the environment variables that their own tools read."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_PREFIXES = ("AWS_", "GOOGLE_", "AZURE_", "STORAGE_EMULATOR_HOST")
_RETRIES, _RETRY_SECONDS, _LONGEST_WAIT_SECONDS = 6, 60, 10
"""Requests refused with 429 or 5xx, or not answered, are sent again: after 0.1 s, 0.2 s, 0.4 s and so on."""


def connect(root: str) -> ObjectStore:
    """The bucket or container of a URL such as `s3://bucket`. Says nothing to the store yet."""
    variables = tuple(sorted((k, v) for k, v in os.environ.items() if k.startswith(_PREFIXES)))
    return _connect(root, variables)


@lru_cache
def _connect(root: str, variables: tuple[tuple[str, str], ...]) -> ObjectStore:
    from obstore.store import from_url

    settings = dict(variables)
    emulator = _google_emulator(root, settings)
    options: dict[str, Any] = {
        "config": {"base_url": emulator, "skip_signature": True} if emulator else None,
        "client_options": {"allow_http": True} if _allows_http(root, settings) else {},
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


def _google_emulator(root: str, settings: dict[str, str]) -> str | None:
    host = settings.get("STORAGE_EMULATOR_HOST", "")
    if not host or not root.startswith("gs://"):
        return None
    return host if "://" in host else f"http://{host}"


def _allows_http(root: str, settings: dict[str, str]) -> bool:
    """Plain HTTP is taken where the environment asks for it by name or by an address without TLS."""
    return bool(_google_emulator(root, settings)) or _endpoint(root, settings).startswith("http://")


def _endpoint(root: str, settings: dict[str, str]) -> str:
    names = {
        "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
        "gs": (),
        "abfss": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
    }[root.partition("://")[0]]
    found = next((settings[n] for n in names if settings.get(n)), "")
    is_emulator = (
        root.startswith("abfss") and settings.get("AZURE_STORAGE_USE_EMULATOR", "").lower() == "true"
    )
    return found or ("http://127.0.0.1:10000" if is_emulator else "")


def endpoint_text(root: str) -> str:
    """Where requests go, for messages: the endpoint that the environment names, else the public service."""
    settings = dict(os.environ)
    return _google_emulator(root, settings) or _endpoint(root, settings) or "the public service"
