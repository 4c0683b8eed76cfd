"""A standalone Spark cluster on loopback: a master, two workers, and executors whose Python is a bare one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass, field
from pathlib import Path

import pyspark

from warehouse.spark.installation import install, spark_home

ROOT = Path(__file__).parents[2]
SPARK = Path(pyspark.__file__).parent
_SECONDS = 60


@dataclass
class Cluster:
    """Running processes of the cluster; `url` is the master's."""

    folder: Path
    url: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        install(spark_home())
        master = self._start("master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        self.url = _awaited(master, "Starting Spark master at ").split()[0]
        for n in range(2):
            options = ["--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0"]
            options += ["--work-dir", str(self.folder / f"work-{n}")]
            _awaited(self._start("worker.Worker", *options, self.url), "Successfully registered with master ")

    def _start(self, kind: str, *options: str) -> Path:
        log = self.folder / f"{kind}-{len(self.processes)}.log"
        conf = self.folder / "daemons"
        conf.mkdir(exist_ok=True)  # Spark's own logging, which tells when a daemon is ready
        command = [str(SPARK / "bin" / "spark-class"), f"org.apache.spark.deploy.{kind}", *options]
        environment = os.environ | {"SPARK_DAEMON_MEMORY": "256m", "SPARK_CONF_DIR": str(conf)}
        environment.pop("PYTHONPATH", None)
        with log.open("wb") as out:
            self.processes.append(
                subprocess.Popen(command, stdout=out, stderr=out, env=environment, start_new_session=True)
            )
        return log

    def executors(self) -> list[int]:
        """Process ids of executors that run now on the workers."""
        sessions = {p.pid for p in self.processes}
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes()
                session = int((entry / "stat").read_text().rpartition(")")[2].split()[3])
            except (OSError, ValueError):
                continue
            if b"CoarseGrainedExecutorBackend" in command and session in sessions:
                found.append(int(entry.name))
        return sorted(found)

    def submit(
        self, job: str, *arguments: str, python: Path, archive: Path | None, conf: tuple[str, ...] = ()
    ) -> subprocess.Popen[str]:
        """Start spark-submit with the job; executors run `python`, and get the package in `archive`."""
        settings = [
            "spark.driver.memory=512m",
            "spark.executor.memory=512m",
            "spark.ui.enabled=false",
            f"spark.pyspark.python={python}",
            f"spark.pyspark.driver.python={sys.executable}",
            "spark.driver.host=127.0.0.1",
            "spark.executorEnv.PYTHONPATH=package",
            *conf,
        ]
        command = [str(SPARK / "bin" / "spark-submit"), "--master", self.url]
        command += [word for setting in settings for word in ("--conf", setting)]
        command += ["--archives", f"{archive}#package"] if archive else []
        environment = os.environ | {"SPARK_CONF_DIR": str(spark_home() / "conf"), "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [*command, str(ROOT / "jobs" / f"{job}.py"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=self.folder,
        )

    def stop(self) -> None:
        for process in reversed(self.processes):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for pid in self.executors():
            os.kill(pid, signal.SIGKILL)


def _awaited(log: Path, text: str) -> str:
    """What follows `text` in the log, once it is there."""
    deadline = time.monotonic() + _SECONDS
    while text not in (said := log.read_text(errors="replace")):
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
    return said.partition(text)[2]


def bare_python(folder: Path) -> Path:
    """A Python with all that the package needs and without the package, wherever it is installed."""
    site = folder / "site"
    site.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not (entry.suffix == ".pth" or "otlp_warehouse" in entry.name or entry.name.startswith("__")):
            (site / entry.name).symlink_to(entry)
    program = folder / "python"
    # Without `site` no path of an editable installation is added.
    program.write_text(f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{site}" exec {sys.executable} -S "$@"\n')
    program.chmod(0o755)
    return program


def packed(folder: Path) -> Path:
    """The package as a ZIP, as a wheel is one."""
    inside = folder / "inside"
    for name in ("warehouse", "jobs"):
        shutil.copytree(ROOT / name, inside / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Path(shutil.make_archive(str(folder / "package"), "zip", inside))
