"""A stand-in for Azure's store on loopback: azurite of npm, installed once where Node is."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from loopback import free_port, serving

_VERSION = "3.37.0"
_MAIN = "node_modules/azurite/dist/src/blob/main.js"
_ACCOUNT = "devstoreaccount1"
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The account and key that every azurite knows; they open nothing else."""


def azurite_program() -> Path | None:
    """The script that Node runs, installed once for all test runs; None where it cannot be installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "otlp-warehouse" / "tests"
    folder = cache / f"azurite-{_VERSION}"
    npm = shutil.which("npm")
    if not (folder / _MAIN).is_file() and npm:
        folder.mkdir(parents=True, exist_ok=True)
        quiet = ("--no-audit", "--no-fund", "--silent", "--ignore-scripts")
        subprocess.run(
            [npm, "install", *quiet, "--prefix", str(folder), f"azurite@{_VERSION}"],
            check=False,
            stdout=subprocess.DEVNULL,
        )
    return folder / _MAIN if (folder / _MAIN).is_file() else None


@contextmanager
def azurite(program: Path) -> Iterator[str]:
    """The URL of a running server that keeps everything in memory."""
    port = free_port()
    arguments = ("--silent", "--inMemoryPersistence", "--skipApiVersionCheck")
    command = ["node", str(program), *arguments, "--blobHost", "127.0.0.1", "--blobPort", str(port)]
    with serving(command, port) as url:
        yield url


def settings_for(server: str) -> dict[str, str]:
    """The environment that a user of the server would set."""
    return {
        "AZURE_STORAGE_ACCOUNT_NAME": _ACCOUNT,
        "AZURE_STORAGE_ACCOUNT_KEY": _KEY,
        "AZURE_STORAGE_USE_EMULATOR": "true",
        "AZURITE_BLOB_STORAGE_URL": server,
    }


def make_container(server: str, name: str) -> str:
    """Make a container, as another program would, and return its URL."""
    now = dt.datetime.now(dt.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {"x-ms-date": now, "x-ms-version": "2021-08-06"}
    signed = "PUT" + "\n" * 12 + "".join(f"{key}:{value}\n" for key, value in headers.items())
    signed += f"/{_ACCOUNT}/{_ACCOUNT}/{name}\nrestype:container"
    digest = hmac.new(base64.b64decode(_KEY), signed.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {_ACCOUNT}:{base64.b64encode(digest).decode()}"
    url = f"{server}/{_ACCOUNT}/{name}?restype=container"
    urlopen(Request(url, method="PUT", headers=headers), timeout=60).close()
    return f"abfss://{name}@{_ACCOUNT}.dfs.core.windows.net"
