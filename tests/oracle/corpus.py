"""Files of real telemetry with counts that other programs made."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
CARRIED = TESTS / "data"
"""The small part of the corpus that travels with the repository."""

_ENCODINGS = {
    "json document": "json",
    "jsonl": "json_lines",
    "jsonl (1 line)": "json_lines",
    "protobuf single message": "proto",
}
_NO_OTAP = {"logs": (0, 3, 0), "metrics": (0, 0, 5), "traces": (1, 0, 0)}
"""Files listed as OTAP hold OTLP protobuf in truth: their counts, equal for all of a signal."""
_CAPTURES = {
    "json lines": "json_lines",
    "http body json": "json",
    "http body proto": "proto",
    "length-prefixed proto": "proto_length_prefixed",
}


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file with its counts; None: not counted. `torn_bytes` are the tail that is no complete record."""

    root: Path
    name: str
    form: str
    spans: int
    log_records: int
    metric_points: int
    events: int | None = None
    links: int | None = None
    exemplars: int | None = None
    torn_bytes: int = 0

    @property
    def bytes(self) -> bytes:
        return (self.root / self.name).read_bytes()


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t")


def collected(root: Path) -> Iterator[CorpusFile]:
    """Files of other projects, counted by a walk over their JSON or by the official protobuf package."""
    for row in _rows(root / "MANIFEST.tsv"):
        if row["encoding"].startswith("otap"):
            counts = _NO_OTAP[Path(row["local_path"]).stem.split("-")[0]]
            yield CorpusFile(root, row["local_path"], "proto", *counts)
            continue
        form = _ENCODINGS.get(row["encoding"])
        if form is None or row["compression"] != "none":
            continue
        counts = (int(row[c]) for c in ("spans", "log_records", "metric_points"))
        yield CorpusFile(root, row["local_path"], form, *counts)


def captured(root: Path) -> Iterator[CorpusFile]:
    """Files of our own pipeline, counted by the official protobuf package."""
    for row in _rows(root / "captures" / "MANIFEST.tsv"):
        form = _CAPTURES.get(row["form"])
        if form is None:
            continue
        points = sum(int(row[f"pt_{k}"]) for k in ("gauge", "sum", "hist", "exphist", "summary"))
        yield CorpusFile(
            root,
            f"captures/{row['file']}",
            form,
            int(row["spans"]),
            int(row["logs"]),
            points,
            int(row["events"]),
            int(row["links"]),
            int(row["exemplars"]),
            int(row["torn_bytes"]),
        )


def carried() -> Iterator[CorpusFile]:
    """Files of `tests/data`, counted as above."""

    def optional(text: str) -> int | None:
        return int(text) if text else None

    for row in _rows(CARRIED / "MANIFEST.tsv"):
        yield CorpusFile(
            CARRIED,
            row["file"],
            row["form"],
            int(row["spans"]),
            int(row["log_records"]),
            int(row["metric_points"]),
            optional(row["events"]),
            optional(row["links"]),
            optional(row["exemplars"]),
            int(row["torn_bytes"]),
        )
