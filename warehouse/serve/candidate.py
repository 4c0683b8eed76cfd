"""The candidate: the file that a build makes beside the served one, until it is published.

Its folder keeps how far it has come, so that models, checks and publishing may be steps of their own.
Any order of steps of several runs is right: a later build holds all that an earlier one held.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import USAGE, WarehouseError
from warehouse.lake.json_files import read_json, write_json
from warehouse.lake.served_files import remember_served
from warehouse.serve.served_file import STORAGE
from warehouse.serve.sql_text import quoted
from warehouse.stores.places import place
from warehouse.telemetry import traced

_NEXT = "run `otlp-warehouse build --models-only` first"
_MAGIC, _MAGIC_AT = b"DUCK", 8
"""What every database of DuckDB has near its beginning."""
_MOST_FREE = 0.2
"""Share of a file's blocks that may be free: what models replace leaves its blocks behind."""


class Stage(StrEnum):
    """How far a candidate has come. One that is being built, or whose build failed, is `unfinished`."""

    NONE = "none"
    UNFINISHED = "unfinished"
    BUILT = "built"
    CHECKED = "checked"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Candidate:
    """The candidate of one served file. Whoever holds it (see `claimed`) is the only one."""

    warehouse: Path
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / self.warehouse.name

    @property
    def stage(self) -> Stage:
        found = Stage((read_json(self.folder / "stage.json") or {}).get("stage", Stage.NONE))
        # Killed between moving the file and writing that down.
        return Stage.PUBLISHED if found == Stage.CHECKED and not self.file.is_file() else found

    def reached(self, stage: Stage, **known: Any) -> None:
        write_json(self.folder / "stage.json", {"stage": stage, **known})

    def known_of_served(self) -> dict[str, Any]:
        """What `publish` was told of the served file; nothing when that is not the file any more."""
        found = read_json(self.folder / "stage.json") or {}
        return found if found.get("file", ()) == _identity(self.warehouse) else {}

    def begin(self, full_refresh: bool) -> None:
        """Remove what was there, and start from a copy of the served file or from nothing."""
        self.reached(Stage.UNFINISHED)
        for leftover in (self.file, self._beside("wal"), self._beside("packed"), self._beside("packed.wal")):
            leftover.unlink(missing_ok=True)
        if full_refresh:
            shutil.rmtree(self.folder / "target", ignore_errors=True)
        else:
            self._copy_served()

    @traced("publish")
    def publish(self, **known: Any) -> None:
        """Replace the served file. Its readers keep what they have open, its lake keeps what it reads.

        `known` is kept beside it, see `known_of_served`.
        """
        with duckdb.connect(str(self.file), read_only=True) as con:
            (lake,) = con.sql("select lake.lake_root()").fetchall()[0]
            ((blocks, free),) = con.sql(
                "select total_blocks, free_blocks from pragma_database_size()"
            ).fetchall()
        if free > _MOST_FREE * blocks:
            self._pack()
        remember_served(place(str(lake)), self.warehouse)
        self.file.replace(self.warehouse)
        self.reached(Stage.PUBLISHED, file=_identity(self.warehouse), **known)

    def _pack(self) -> None:
        """Write the file anew, without free blocks, if there is room for that. Rows keep their order."""
        packed = self._beside("packed")
        packed.unlink(missing_ok=True)
        try:
            with duckdb.connect() as con:
                con.execute(f"attach {quoted(str(self.file))} as built (read_only)")
                con.execute(f"attach {quoted(str(packed))} as packed (storage_version {quoted(STORAGE)})")
                con.execute("copy from database built to packed")
        except duckdb.Error:  # such as a full disk: the file itself is sound, only larger
            for leftover in (packed, self._beside("packed.wal")):
                leftover.unlink(missing_ok=True)
        else:
            packed.replace(self.file)

    def _beside(self, suffix: str) -> Path:
        return self.file.with_name(f"{self.file.name}.{suffix}")

    def _copy_served(self) -> None:
        """Copy the served file, if it is one of ours that this DuckDB can read."""
        try:
            with duckdb.connect(str(self.warehouse), read_only=True) as con:
                con.execute("from lake.lake_dates limit 0")
        except duckdb.Error:
            return
        shutil.copyfile(self.warehouse, self.file)


@contextmanager
def claimed(warehouse: Path) -> Iterator[Candidate]:
    """The candidate of `warehouse`, on the same file system, locked against other processes.

    Raises WarehouseError when another process holds it, the folder cannot be written, or a file of something
    else is there, which publishing would replace.
    """
    warehouse = warehouse.absolute()
    if _is_foreign(warehouse):
        raise WarehouseError(
            f"{warehouse} is there and no build made it: choose another --warehouse, or move it away.", USAGE
        )
    folder = warehouse.parent / f".{warehouse.name}.build"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise WarehouseError(
            f"The folder {warehouse.parent} cannot be written ({error.strerror}): choose another --warehouse."
        ) from error
    try:
        _claim(lock, warehouse)
        yield Candidate(warehouse, folder)
    finally:
        os.close(lock)


def _identity(file: Path) -> list[int]:
    """What tells a file from one that was put in its place or written to; empty when there is none."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return []
    return [found.st_ino, found.st_size, found.st_mtime_ns]


def _is_foreign(file: Path) -> bool:
    """Whether something else than a served file is there. A damaged database is one: it is made anew."""
    if not file.exists() or (file.is_file() and not file.stat().st_size):
        return False
    if not file.is_file():
        return True
    with file.open("rb") as opened:
        if opened.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] != _MAGIC:
            return True
    try:
        with duckdb.connect(str(file), read_only=True) as con:
            schemas = con.execute("select distinct schema_name from duckdb_tables()").fetchall()
    except duckdb.Error:
        return False
    return bool(schemas) and ("lake",) not in schemas


def _claim(lock: int, warehouse: Path) -> None:
    """Take the lock, which the system frees with the process, however that ends."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise WarehouseError(
            f"Another build of {warehouse} is running: wait until it is done, then run this one again."
        ) from error


def nothing_waits(candidate: Candidate) -> WarehouseError:
    """Why a candidate that was never built to its end can be neither checked nor published."""
    if candidate.stage == Stage.UNFINISHED:
        return WarehouseError(f"The last build of {candidate.warehouse} did not end: {_NEXT}.")
    return WarehouseError(f"No build of {candidate.warehouse} waits: {_NEXT}.")
