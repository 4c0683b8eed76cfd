"""What a run says when the lake's disk fails it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from deltalake.exceptions import DeltaError

from warehouse.errors import WarehouseError
from warehouse.stores.places import Place

_ARROW = "\N{DOWNWARDS ARROW WITH TIP RIGHTWARDS}\x1b[0m"


@contextmanager
def lake_errors(lake: Place, verb: str) -> Iterator[None]:
    """Failures as one sentence; what was committed before stays, the rest is invisible."""
    try:
        yield
    except (OSError, DeltaError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or with_causes(error)
        raise WarehouseError(
            f"The lake {lake} cannot be written ({reason}): nothing of this run is visible; mend the cause "
            f"and run {verb} again."
        ) from error


def with_causes(error: Exception) -> str:
    """What a library says on one line. Delta tells each cause on a line of its own, behind an arrow."""
    first, *more = str(error).splitlines() or [""]
    causes = [line.partition(_ARROW)[2].strip() for line in more if _ARROW in line]
    return ": ".join([first, *causes])
