"""What a run says when the lake's disk fails it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from deltalake.exceptions import DeltaError

from warehouse.errors import WarehouseError
from warehouse.stores.places import Place


@contextmanager
def lake_errors(lake: Place, verb: str) -> Iterator[None]:
    """Failures as one sentence; what was committed before stays, the rest is invisible."""
    try:
        yield
    except (OSError, DeltaError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise WarehouseError(
            f"The lake {lake} cannot be written ({reason}): nothing of this run is visible; mend the cause "
            f"and run {verb} again."
        ) from error
