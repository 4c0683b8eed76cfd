"""Settings: flags before OTLP_WAREHOUSE_* variables before otlp-warehouse.toml before defaults."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from warehouse.errors import USAGE, WarehouseError

SETTINGS_FILE = Path("otlp-warehouse.toml")
COMMON = ("lake", "warehouse")


def file_settings(
    options: Mapping[str, Mapping[str, str]], file: Path = SETTINGS_FILE
) -> dict[str, dict[str, Any]]:
    """Defaults by verb and parameter from the settings file; empty when there is none.

    `lake` and `warehouse` stand at the top and hold for every verb; a table named like a verb holds that
    verb's options. `options` are, by verb, the parameters by the names of their flags, underscores for
    dashes. Raises WarehouseError when the file cannot be read, does not parse or names anything else.
    """
    if not file.exists():
        return {}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WarehouseError(f"{file} cannot be read ({error.strerror}): allow it, or remove it.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WarehouseError(f"{file} is not valid TOML ({error}): correct it.", USAGE) from error
    for name, value in found.items():
        if isinstance(value, dict) and name in options:
            continue
        if isinstance(value, dict) or name not in COMMON:
            raise _unknown(file, name, [*COMMON, *(f"[{verb}]" for verb in options)])
        if not isinstance(value, str):
            raise WarehouseError(f"{file} sets {name} to {value!r}: write a path in quotes.", USAGE)
    common = {name: found[name] for name in COMMON if name in found}
    return {
        verb: common | _parameters(file, verb, found.get(verb, {}), known) for verb, known in options.items()
    }


def _parameters(file: Path, verb: str, settings: dict[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    named = {name.replace("-", "_"): value for name, value in settings.items()}
    for name in named:
        if name not in known:
            raise _unknown(file, f"{name} in [{verb}]", known)
    return {known[name]: value for name, value in named.items()}


def _unknown(file: Path, name: str, known: Iterable[str]) -> WarehouseError:
    return WarehouseError(f"{file} has the unknown setting {name}: it may hold {', '.join(known)}.", USAGE)
