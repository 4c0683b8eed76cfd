"""Three days of the shop with an incident of known time and service, as a warehouse."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from warehouse.demo.drawing import Incident, incident_on
from warehouse.demo.history import write_history
from warehouse.lake.ingest import ingest
from warehouse.serve.build import build

SEED, DAYS, SPANS_PER_DAY = 19, 3, 30_000
LAST = dt.date(2026, 11, 20)
DAY = dt.date(2026, 11, 19)
"""The day of the incident: catalog fails and slows down for two hours of the afternoon."""


@dataclass(frozen=True)
class Served:
    """Folder of a lake and a published file, and the incident that was planted."""

    folder: Path
    incident: Incident

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def began_at(self) -> dt.datetime:
        """When the incident begins, UTC without zone."""
        return dt.datetime.fromtimestamp(self.incident.start_nano / 1e9, dt.UTC).replace(tzinfo=None)

    @property
    def ended_at(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.incident.end_nano / 1e9, dt.UTC).replace(tzinfo=None)


def serve(folder: Path) -> Served:
    """Write, ingest, build and publish."""
    incident = incident_on(DAY, SEED)
    assert incident is not None and incident.service == "catalog"
    files = write_history(
        folder / "history", days=DAYS, seed=SEED, spans_per_day=SPANS_PER_DAY, end_date=LAST
    )
    ingest(files, folder / "lake")
    assert build(folder / "lake", folder / "warehouse.duckdb").published
    return Served(folder, incident)
