"""Build the star from the lake, audit it, and publish it as one DuckDB file."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from warehouse.errors import CHECK_FAILED, WarehouseError
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import LEDGER, open_table
from warehouse.schemas.registry import TABLES
from warehouse.serve import lake_views
from warehouse.serve.candidate import Candidate, Stage, claimed, nothing_waits
from warehouse.serve.dbt_run import Progress, run_models
from warehouse.serve.gate import Checks, Gate, check
from warehouse.serve.made_from import made_from
from warehouse.serve.served_file import STORAGE, record_format
from warehouse.stores.duckdb_access import connect
from warehouse.stores.places import Place
from warehouse.telemetry import traced
from warehouse.traces.assemble import assemble


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did. `dates` counts the event dates that the star covers, `seconds` is wall time.

    `models` is 0 when the served file was up to date, with the `checks` of the build that made it; these are
    None when they have yet to run.
    """

    dates: int
    models: int
    checks: Checks | None
    published: bool
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The object that `build --json` prints."""
        counts = self.checks and {"passed": self.checks.passed, "failed": self.checks.failed}
        return asdict(self) | {"checks": counts}


def build(
    lake: Place,
    warehouse: Path,
    *,
    full_refresh: bool = False,
    settle: bool = False,
    progress: Progress | None = None,
) -> BuildResult:
    """Assemble what landed, build all models over the lake, and replace `warehouse` by the result.

    `settle` has late spans of old dates assembled now instead of letting them wait.
    Work happens in a folder beside `warehouse`; readers of the old file are undisturbed and only a build that
    passes every critical check replaces it. A build starts as a copy of the served file, redoes the dates
    whose lake files changed, and checks these; `full_refresh` starts from nothing and gives the same content.
    Where neither lake nor program changed since `warehouse` was published, nothing is built.
    Raises WarehouseError when there is no lake, another build runs, a model fails, or a critical check fails
    (exit code 1); the served file is then as it was.
    """
    began = time.monotonic()
    open_table(lake, LEDGER)
    with claimed(warehouse) as candidate:
        assemble(lake, settle=settle)
        tables = snapshot(lake)
        source = made_from(lake, tables)
        known = candidate.known_of_served()
        if known.get("source") == source and not full_refresh:
            return _result(tables, 0, Checks.read(known["checks"]), True, began)
        candidate.begin(full_refresh)
        # The gate's import takes seconds, in which the models run.
        with Gate(candidate.file, record=True, redone=True) as gate:
            models = _run_models(candidate, lake, tables, progress)
            checks = _audited(candidate, gate)
        candidate.publish(source=source, checks=asdict(checks))
    return _result(tables, models, checks, True, began)


def build_models(
    lake: Place, warehouse: Path, *, full_refresh: bool = False, progress: Progress | None = None
) -> BuildResult:
    """The models alone, over what is assembled; the result waits for `check_candidate` and `publish`."""
    began = time.monotonic()
    open_table(lake, LEDGER)
    with claimed(warehouse) as candidate:
        tables = snapshot(lake)
        candidate.begin(full_refresh)
        models = _run_models(candidate, lake, tables, progress)
    return _result(tables, models, None, False, began)


def check_candidate(warehouse: Path, *, every_date: bool = False) -> Checks:
    """Audit the build that waits and keep the results in it; without one, audit the served file.

    Of the build, facts and cubes are audited on the dates that it redid, or on every date.
    Raises WarehouseError when the last build did not end, or there is nothing to audit.
    """
    with claimed(warehouse) as candidate:
        if candidate.stage == Stage.PUBLISHED:
            return check(candidate.warehouse)
        if candidate.stage not in (Stage.BUILT, Stage.CHECKED):
            raise nothing_waits(candidate)
        with Gate(candidate.file, record=True, redone=not every_date) as gate:
            checks = gate.audit()
        candidate.reached(Stage.BUILT if checks.critical else Stage.CHECKED)
    return checks


def publish(warehouse: Path) -> bool:
    """Replace the served file by the build that waits. False when that was published already.

    Raises WarehouseError when no build waits, or the one that does has not passed its checks.
    """
    with claimed(warehouse) as candidate:
        if candidate.stage == Stage.PUBLISHED and candidate.warehouse.is_file():
            return False
        if candidate.stage == Stage.BUILT:
            raise WarehouseError(
                f"The build of {candidate.warehouse} has not passed its checks: "
                "run `otlp-warehouse check --candidate` first.",
                CHECK_FAILED,
            )
        if candidate.stage != Stage.CHECKED:
            raise nothing_waits(candidate)
        candidate.publish()
    return True


@traced("models")
def _run_models(
    candidate: Candidate, lake: Place, tables: dict[str, DeltaTable], progress: Progress | None
) -> int:
    with connect(lake, candidate.file, storage_compatibility_version=STORAGE) as con:
        lake_views.create(con, lake, tables)
        record_format(con)
    models = run_models(candidate.file, candidate.folder, progress)
    candidate.reached(Stage.BUILT)
    return models


def _audited(candidate: Candidate, gate: Gate) -> Checks:
    checks = gate.audit()
    if checks.critical:
        raise WarehouseError(refusal(candidate.warehouse, checks), CHECK_FAILED)
    candidate.reached(Stage.CHECKED)
    return checks


def _result(
    tables: dict[str, DeltaTable], models: int, checks: Checks | None, published: bool, began: float
) -> BuildResult:
    partitioned = [t for name, t in tables.items() if TABLES[name].partition]
    dates = {p["event_date"] for t in partitioned for p in t.partitions()}
    return BuildResult(len(dates), models, checks, published, round(time.monotonic() - began, 3))


def refusal(warehouse: Path, checks: Checks) -> str:
    """Why a build with critical findings is not published."""
    first, *rest = checks.critical
    more = f" (and {len(rest)} more)" if rest else ""
    return f"A critical check failed, so {warehouse} was left as it was: {first}{more}."
