"""The one error that doors turn into a sentence and an exit code."""

from __future__ import annotations

CHECK_FAILED = 1
USAGE = 2
COULD_NOT_RUN = 3


class WarehouseError(Exception):
    """Something a person can act on: `message` is one sentence that says what to do.

    `exit_code` is what the command line ends with: 1 a check failed, 2 usage, 3 could not run.
    """

    def __init__(self, message: str, exit_code: int = COULD_NOT_RUN) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


class NothingNamed(WarehouseError):
    """A source that names no file and no object: a typing error, or a day without data."""

    def __init__(self, message: str) -> None:
        super().__init__(message, USAGE)
