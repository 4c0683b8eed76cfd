"""How much the gate lets pass: the shipped thresholds and the file that overrides them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from data_quality.check import Severity
from warehouse.errors import USAGE, WarehouseError
from warehouse.integrity.constraints import CONSTRAINTS
from warehouse.serve.own_thresholds import OWN_FILE, own_thresholds

_LEVELS = get_args(Severity)
RECONCILIATION, DUPLICATES = "reconciliation", "duplicates"
_OF_NUMBERS = (RECONCILIATION, DUPLICATES)
"""Thresholds of what makes numbers wrong; services have none of their own."""
_NAMES = (*_OF_NUMBERS, *CONSTRAINTS)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Shares above which a constraint's check fails, by severity, and those of single services."""

    shares: dict[str, float]
    services: dict[str, dict[str, float]] = field(default_factory=dict)

    def levels(self) -> list[tuple[Severity, float, str]]:
        """The severities that are reached, each with its share and a suffix for names of checks."""
        return [
            (level, self.shares[level], "" if level == "critical" else f"_{level}")
            for level in _LEVELS
            if level in self.shares
        ]

    def share(self, severity: str, service: str | None = None) -> float | None:
        """None: this severity is never reached."""
        own = self.services.get(service, {}) if service is not None else {}
        return own.get(severity, self.shares.get(severity))


def thresholds(own: Path | None = None) -> dict[str, Threshold]:
    """The thresholds by name. `own` overrides; without it the user's file does, if there is one.

    Raises WarehouseError when a file does not parse or holds anything else.
    """
    shipped = tomllib.loads(files("data_quality").joinpath("thresholds.toml").read_text(encoding="utf-8"))
    given = own or own_thresholds()
    overrides = _read(given) if given else {}
    return {name: _threshold(shipped[name], overrides.get(name, {})) for name in _NAMES}


def remedy(name: str) -> str:
    """What to do when one of the thresholds of numbers is exceeded."""
    return (
        "run `otlp-warehouse build --full-refresh`; if it fails again, ingest the files into a new lake, "
        f"or let a share pass with [{name}] in {OWN_FILE}"
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WarehouseError(
            f"The thresholds {file} cannot be read ({error}): correct the file.", USAGE
        ) from error
    for name, values in found.items():
        if name not in _NAMES or not isinstance(values, dict):
            raise _wrong(file, f"[{name}]", f"it may hold {', '.join(f'[{n}]' for n in _NAMES)}")
        services = values.get("services", {})
        if name in _OF_NUMBERS and services:
            raise _wrong(file, f"[{name}.services]", "it holds for all services")
        if not isinstance(services, dict) or not all(isinstance(s, dict) for s in services.values()):
            raise _wrong(file, f"[{name}.services]", "it holds a table per service")
        for table in ({k: v for k, v in values.items() if k != "services"}, *services.values()):
            _check_shares(file, name, table)
    return found


def _check_shares(file: Path, name: str, table: Mapping[str, Any]) -> None:
    for level, share in table.items():
        is_share = isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1
        if level not in _LEVELS or not is_share:
            raise _wrong(file, f"{name}: {level} = {share}", "a share is warning or critical, from 0 to 1")


def _wrong(file: Path, what: str, may: str) -> WarehouseError:
    return WarehouseError(f"{file} has the unknown threshold {what}: {may}.", USAGE)


def _threshold(shipped: Mapping[str, Any], own: Mapping[str, Any]) -> Threshold:
    shares = {level: float(own.get(level, shipped.get(level, -1))) for level in _LEVELS}
    services = {s: {k: float(v) for k, v in values.items()} for s, values in own.get("services", {}).items()}
    return Threshold({level: share for level, share in shares.items() if share >= 0}, services)
