"""Settings: flags before OTLP_WAREHOUSE_* variables before otlp-warehouse.toml before defaults."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from warehouse.errors import USAGE, WarehouseError

SETTINGS_FILE = Path("otlp-warehouse.toml")
COMMON = ("lake", "warehouse")


def file_settings(verbs: Collection[str], file: Path = SETTINGS_FILE) -> dict[str, dict[str, Any]]:
    """Defaults by verb and option from the settings file; empty when there is none.

    `lake` and `warehouse` stand at the top and hold for every verb; a table named like a verb holds that
    verb's options. Raises WarehouseError when the file does not parse or names anything else.
    """
    if not file.is_file():
        return {}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WarehouseError(f"{file} is not valid TOML ({error}): correct it.", USAGE) from error
    for name, value in found.items():
        is_table = isinstance(value, dict)
        if not (name in verbs if is_table else name in COMMON):
            known = ", ".join([*COMMON, *(f"[{v}]" for v in verbs)])
            raise WarehouseError(f"{file} has the unknown setting {name}: it may hold {known}.", USAGE)
    common = {name: found[name] for name in COMMON if name in found}
    return {verb: common | found.get(verb, {}) for verb in verbs}
