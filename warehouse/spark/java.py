"""The Java that Spark will take, looked at before Spark starts it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

JAVAS = (17, 21, 25)
_TIMEOUT_SECONDS = 20


def examined_java() -> tuple[bool, str]:
    """Whether Spark can use the Java of JAVA_HOME, else of PATH; and what it is, or what to do."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    wanted = f"install Java {JAVAS[0]}, or set JAVA_HOME."
    if java is None:
        return False, f"Java is missing: {wanted}"
    try:
        told = subprocess.run(
            [java, "-version"], capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS
        ).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, f"{java} does not run ({error}): {wanted}"
    match = re.search(r'version "(\d+)', told)
    line = (told.splitlines() or [java])[0]
    if match is None or int(match[1]) not in JAVAS:
        return False, f"Spark does not run on {line}: {wanted}"
    return True, line
