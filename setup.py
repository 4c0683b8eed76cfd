"""Puts the dbt project and the example data into the wheel, as package data of `warehouse`.

In a checkout they stay where they are (see `warehouse.serve.project`); everything else is in pyproject.toml.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
PACKAGED = {"dbt": "dbt", "examples/data": "examples"}
LEFT_OUT = shutil.ignore_patterns("target", "logs", ".user.yml", ".sqlfluff", "sqlfluff", "__pycache__")


class BuildWithProject(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        home = Path(self.build_lib) / "warehouse" / "_project"
        shutil.rmtree(home, ignore_errors=True)
        for source, name in PACKAGED.items():
            shutil.copytree(ROOT / source, home / name, ignore=LEFT_OUT)


setup(cmdclass={"build_py": BuildWithProject})
