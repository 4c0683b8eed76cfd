"""Python programs that kill themselves around one of their commits."""

from __future__ import annotations

_PROGRAM = """
import os, signal, sys
import {module} as module
real, place, when = module.commit_parts, *sys.argv[-2:]
def commit_parts(lake, name, *rest, **more):
    if name == place and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    version = real(lake, name, *rest, **more)
    if name == place:
        os.kill(os.getpid(), signal.SIGKILL)
    return version
module.commit_parts = commit_parts
{call}
"""


def killed_at_commit(module: str, call: str) -> str:
    """A program that runs `call` and dies where `module` commits to a table.

    Its last two arguments are the table and `before` or `after`.
    """
    return _PROGRAM.format(module=module, call=call)
