"""A real S3 server on loopback: versitygw, a gateway over a folder, built from source where Go is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MODULE = "github.com/versity/versitygw/cmd/versitygw"
_VERSION = "v1.8.0"


def gateway_program() -> Path | None:
    """The gateway's program, built once for all test runs; None where it cannot be built."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "otlp-warehouse" / "tests"
    program = cache / f"versitygw-{_VERSION}" / "versitygw"
    go = shutil.which("go")
    if not program.is_file() and go:
        environment = os.environ | {"GOBIN": str(program.parent)}
        subprocess.run([go, "install", f"{_MODULE}@{_VERSION}"], env=environment, check=False)
    return program if program.is_file() else None


@contextmanager
def gateway(program: Path, folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The gateway over a folder, with the root keys of the tests' environment."""
    command = [str(program), "--port", f"127.0.0.1:{port}", "--access", "tester", "--secret", "secret"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, "posix", str(folder)], **quiet)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
