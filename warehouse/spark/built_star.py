"""What a star on Spark was built from, kept beside its tables."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

FILE = "built_from.json"


@dataclass(frozen=True, slots=True)
class BuiltStar:
    """The hash of the models, versions of the lake's tables, and the fingerprint of each table's dates."""

    models: str
    versions: dict[str, int]
    dates: dict[str, dict[str, str]]

    @classmethod
    def of(cls, models: str, versions: dict[str, int], dates: pa.Table) -> BuiltStar:
        """`dates` holds rows of `lake.lake_dates`."""
        found: dict[str, dict[str, str]] = {}
        for row in dates.to_pylist():
            found.setdefault(row["table_name"], {})[str(row["event_date"])] = row["fingerprint"]
        return cls(models, versions, found)

    @classmethod
    def read(cls, out: Path) -> BuiltStar | None:
        """None before the first build that came to its end."""
        file = out / FILE
        return cls(**json.loads(file.read_bytes())) if file.is_file() else None

    def write(self, out: Path) -> None:
        draft = out / f"{FILE}.new"
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(out / FILE)

    def changed_since(self, last: BuiltStar | None) -> list[str] | None:
        """ISO dates whose files are others, also those that are gone; None for all of them."""
        if last is None or last.models != self.models:
            return None
        return sorted(
            {
                day
                for table in {*self.dates, *last.dates}
                for day, _ in self.dates.get(table, {}).items() ^ last.dates.get(table, {}).items()
            }
        )
