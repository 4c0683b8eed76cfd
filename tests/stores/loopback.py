"""Servers of tests on loopback: a port for one, and its start awaited."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.request import urlopen

_STARTS_WITHIN_SECONDS = 60


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Until the server answers at all. Fails when it ends or does not come up."""
    deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
    while True:
        try:
            urlopen(url, timeout=5).close()
            return
        except OSError as error:
            if getattr(error, "code", None):
                return
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"no server at {url}") from error
            time.sleep(0.1)


@contextmanager
def serving(command: Sequence[str], port: int, **environment: str) -> Iterator[str]:
    """The URL of the server that a command starts on a port. It keeps nothing, and so is killed at last:
    asked to end, some wait for connections that are kept alive.
    """
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=os.environ | environment, **quiet)
    try:
        wait_for(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
