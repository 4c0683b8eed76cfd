"""The plan of a batch, kept in the lake until the batch is complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from warehouse.lake.json_files import read_json, write_json
from warehouse.otlp.convert import Batch, ConvertResult
from warehouse.otlp.splits import SourceFile, Split, shallow
from warehouse.stores.places import Place, folder_names, remove_folder

_FOLDER = "_batches"


@dataclass(frozen=True, slots=True)
class Replay:
    """A batch that retries the rejects named in its folder (`warehouse.otlp.selection`).

    `whole`: numbers of the files that are read from their beginning, as if they were new. `kept_bytes`: those
    whose messages are read from the bytes that `rejects` keeps.
    """

    whole: list[int]
    kept_bytes: list[int]


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """All that a batch reads, frozen before the first byte is converted.

    A run that finds the plan of an unfinished batch carries it out again under the same number, so that
    tables committed before a crash and those committed after it hold the same files' rows.
    """

    number: int
    now_unix_nano: int
    files: tuple[SourceFile, ...]
    splits: tuple[Split, ...]
    replay: Replay | None = None
    """What the batch retries; None when it is an ingest."""

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "now_unix_nano": self.now_unix_nano,
            "files": [shallow(f) for f in self.files],
            "splits": [s.to_json() for s in self.splits],
            "replay": shallow(self.replay) if self.replay else None,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> BatchPlan:
        return cls(
            value["number"],
            value["now_unix_nano"],
            tuple(SourceFile(**f) for f in value["files"]),
            tuple(Split.from_json(s) for s in value["splits"]),
            Replay(**value["replay"]) if value["replay"] else None,
        )


class BatchFolder:
    """`<lake>/_batches/<number>/`: the plan, the results of finished splits, and what they staged."""

    def __init__(self, lake: Place, number: int) -> None:
        self.lake, self.number = lake, number
        self.path = lake / _FOLDER / str(number)

    def batch(self, plan: BatchPlan, record_limit: int, max_decompressed: int) -> Batch:
        return Batch(
            self.lake,
            self.path,
            self.number,
            plan.now_unix_nano,
            record_limit,
            max_decompressed,
            plan.replay is not None,
        )

    def save_plan(self, plan: BatchPlan) -> None:
        write_json(self.path / "plan.json", plan.to_json())

    def load_plan(self) -> BatchPlan | None:
        value = read_json(self.path / "plan.json")
        return None if value is None else BatchPlan.from_json(value)

    def save_result(self, result: ConvertResult) -> None:
        write_json(self.path / f"split-{result.split}.json", result.to_json())

    def load_result(self, split: int) -> ConvertResult | None:
        """The result of a split that an interrupted run finished; its files are used as they are."""
        value = read_json(self.path / f"split-{split}.json")
        return None if value is None else ConvertResult.from_json(value)

    def remove(self) -> None:
        remove_folder(self.path)


def unfinished(lake: Place, last_complete: int) -> BatchFolder | None:
    """The batch that was planned but not completed, if any."""
    folders = [f for f in _folders(lake) if f.number > last_complete and (f.path / "plan.json").exists()]
    return folders[-1] if folders else None


def clear_remains(lake: Place, last_complete: int) -> None:
    """Remove what batches left that are complete, or were never planned to the end. Needs the writer lock."""
    waiting = unfinished(lake, last_complete)
    for folder in _folders(lake):
        if waiting is None or folder.number != waiting.number:
            folder.remove()


def _folders(lake: Place) -> list[BatchFolder]:
    numbers = (int(name) for name in folder_names(lake / _FOLDER) if name.isdigit())
    return [BatchFolder(lake, number) for number in sorted(numbers)]
