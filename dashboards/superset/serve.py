"""`make superset`: install the dashboards into a Superset of their own and serve them on this machine."""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboards.superset.bundle import committed_files, zipped
from warehouse.errors import WarehouseError
from warehouse.serve.served_file import connect

_CONFIG = Path(__file__).parent / "superset_config.py"
_IMPORT = Path(__file__).parent / "import_assets.py"
_USER = "admin"


class Installation:
    """A Superset: its programs in `programs` (a virtual environment's bin), its state in `home`."""

    def __init__(self, programs: Path, home: Path) -> None:
        self.programs = programs.absolute()
        self.home = home.absolute()

    @property
    def environment(self) -> dict[str, str]:
        """Environment of its programs, cut off from the caller's Python."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FLASK"))}
        return kept | {
            "SUPERSET_HOME": str(self.home),
            "SUPERSET_CONFIG_PATH": str(_CONFIG),
            "FLASK_APP": "superset",
            "SCARF_ANALYTICS": "false",
        }

    def password(self) -> str:
        """The administrator's password, made at the first start."""
        return self._secret("admin-password")

    def prepare(self) -> None:
        """Create the metadata database, the roles and the administrator; a second call does nothing.

        Raises:
            WarehouseError: Superset is not installed, or one of its programs failed.
        """
        if not (self.programs / "superset").exists():
            raise WarehouseError(
                f"Superset is not installed in {self.programs}: `make superset` installs it."
            )
        if (self.home / "ready").exists():
            return
        self.home.mkdir(parents=True, exist_ok=True)
        self._secret("secret-key")
        self._run("superset", "db", "upgrade")
        names = ["--firstname", "OpenTelemetry", "--lastname", "Warehouse", "--email", "admin@localhost"]
        self._run(
            "superset", "fab", "create-admin", "--username", _USER, *names, "--password", self.password()
        )
        self._run("superset", "init")
        (self.home / "ready").touch()

    def import_bundle(self, warehouse: Path) -> None:
        """Import the dashboards for this served file over those before, unless these were the last."""
        files = committed_files()
        told = hashlib.sha256(repr((str(warehouse.resolve()), sorted(files.items()))).encode()).hexdigest()
        mark = self.home / "imported"
        if mark.exists() and mark.read_text(encoding="utf-8") == told:
            return
        archive = self.home / "bundle.zip"
        archive.write_bytes(zipped(files, warehouse))
        self._run("python", str(_IMPORT), str(archive), _USER)
        mark.write_text(told, encoding="utf-8")

    def web_server(self, port: int) -> list[str]:
        """The command that serves it on loopback."""
        options = ["--workers", "2", "--worker-class", "gthread", "--threads", "8", "--timeout", "120"]
        address = ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
        return [str(self.programs / "gunicorn"), *options, *address, "superset.app:create_app()"]

    def _secret(self, name: str) -> str:
        path = self.home / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        return path.read_text(encoding="utf-8")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        done = subprocess.run(command, env=self.environment, cwd=self.home, capture_output=True, text=True)
        if done.returncode:
            log = self.home / "failed.log"
            log.write_text(done.stdout + done.stderr, encoding="utf-8")
            raise WarehouseError(f"`{program} {arguments[0]}` failed: see {log}, then run this again.")


def check_port(port: int) -> None:
    """Raises WarehouseError when something already listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise WarehouseError(f"Port {port} is taken: choose another with --port.") from error


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="superset", description=__doc__)
    parser.add_argument(
        "--warehouse", type=Path, default=Path(".data/warehouse.duckdb"), help="the served file"
    )
    parser.add_argument(
        "--home", type=Path, default=Path(".data/superset"), help="where Superset keeps its state"
    )
    parser.add_argument(
        "--programs", type=Path, default=Path(".venv-superset/bin"), help="where it is installed"
    )
    parser.add_argument("--port", type=int, default=8088)
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Prepare, import and serve until interrupted; exit code 3 when it could not."""
    asked = _arguments(given)
    installation = Installation(asked.programs, asked.home)
    try:
        connect(asked.warehouse).close()
        check_port(asked.port)
        print("Setting Superset up (a minute at the first start) ...", flush=True)
        installation.prepare()
        installation.import_bundle(asked.warehouse)
    except WarehouseError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(
        f"http://127.0.0.1:{asked.port}/dashboard/list/  user: {_USER}  password: {installation.password()}",
        flush=True,
    )
    command = installation.web_server(asked.port)
    os.execve(command[0], command, installation.environment)


if __name__ == "__main__":
    sys.exit(main())
