"""How a store is reached: the environment variables that its own tools read, and Amazon's profile files."""

from __future__ import annotations

import os
from configparser import ConfigParser, Error
from pathlib import Path

from warehouse.errors import WarehouseError

_PREFIXES = {
    "s3": ("AWS_",),
    "gs": ("GOOGLE_", "STORAGE_EMULATOR_HOST"),
    "abfss": ("AZURE_", "AZURITE_BLOB_STORAGE_URL"),
}
_ENDPOINTS = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "gs": (),
    "abfss": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
}
_EMULATED_AZURE = "http://127.0.0.1:10000"
_FROM_PROFILE = {
    "aws_access_key_id": "AWS_ACCESS_KEY_ID",
    "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "aws_session_token": "AWS_SESSION_TOKEN",
    "region": "AWS_REGION",
    "endpoint_url": "AWS_ENDPOINT_URL",
}
_KEY = "AWS_ACCESS_KEY_ID"


def settings(root: str) -> dict[str, str]:
    """Variables that concern the store of a URL, completed from an AWS profile where they hold no keys.

    Raises WarehouseError when AWS_PROFILE names a profile without keys of its own.
    """
    scheme = root.partition("://")[0]
    found = {k: v for k, v in os.environ.items() if k.startswith(_PREFIXES[scheme]) and v}
    if scheme == "s3":
        found.setdefault("AWS_REGION", found.get("AWS_DEFAULT_REGION", ""))
        found = {k: v for k, v in found.items() if v}
        if _KEY not in found and found.get("AWS_SKIP_SIGNATURE", "").lower() != "true":
            found = _profile(found) | found
    return found


def _profile(found: dict[str, str]) -> dict[str, str]:
    """What ~/.aws/credentials and ~/.aws/config say of the profile, by variable; empty without one."""
    name = found.get("AWS_PROFILE", "default")
    home = Path.home() / ".aws"
    files = {
        Path(found.get("AWS_CONFIG_FILE", home / "config")): name if name == "default" else f"profile {name}",
        Path(found.get("AWS_SHARED_CREDENTIALS_FILE", home / "credentials")): name,
    }
    values: dict[str, str] = {}
    for file, section in files.items():
        parser = ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(file, encoding="utf-8")
        except (Error, UnicodeDecodeError) as error:
            raise WarehouseError(f"{file} cannot be read as a file of AWS profiles: correct it.") from error
        if parser.has_section(section):
            values |= parser[section]
    if "AWS_PROFILE" in found and "aws_access_key_id" not in values:
        raise WarehouseError(
            f"The AWS profile {name} holds no access key of its own: run `eval $(aws configure "
            f"export-credentials --profile {name} --format env)` and unset AWS_PROFILE."
        )
    return {variable: values[key] for key, variable in _FROM_PROFILE.items() if values.get(key)}


def google_emulator(root: str, found: dict[str, str]) -> str | None:
    """URL of the emulator of Google's store that stands for the service; None without one."""
    host = found.get("STORAGE_EMULATOR_HOST", "")
    if not host or not root.startswith("gs://"):
        return None
    return host if "://" in host else f"http://{host}"


def endpoint(root: str, found: dict[str, str]) -> str:
    """URL of the server that is named in place of the public service; empty when none is."""
    scheme = root.partition("://")[0]
    named = next((found[n] for n in _ENDPOINTS[scheme] if found.get(n)), "")
    is_emulated = scheme == "abfss" and found.get("AZURE_STORAGE_USE_EMULATOR", "").lower() == "true"
    emulated = found.get("AZURITE_BLOB_STORAGE_URL", _EMULATED_AZURE) if is_emulated else ""
    return google_emulator(root, found) or emulated or named


def endpoint_text(root: str) -> str:
    """Where requests go, for messages."""
    return endpoint(root, settings(root)) or "the public service"


def allows_http(root: str, found: dict[str, str]) -> bool:
    """Plain HTTP is taken where the environment asks for it by an address without TLS."""
    return endpoint(root, found).startswith("http://")
