"""`otlp-warehouse status`: what the lake and the served file hold, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from warehouse.cli.options import DEFAULT_LAKE, DEFAULT_WAREHOUSE, JsonOption, LakeOption, WarehouseOption
from warehouse.stores.places import Place, address


def status(
    lake: LakeOption = DEFAULT_LAKE,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    files: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="List the newest N file versions with what each held."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the lake and the served file hold, the last runs, the lag behind now, and the next step.

    Examples:

      otlp-warehouse status

      otlp-warehouse status --files 20

      otlp-warehouse status --lake /data/lake --json
    """
    from warehouse.cli.screen import print_json

    facts = collect(lake, warehouse, files)
    if as_json:
        print_json(facts)
    else:
        _print(facts)


def collect(lake: Place, warehouse: Path, files: int | None = None) -> dict[str, Any]:
    """The facts as the object of `status --json`, with the newest `files` file versions when that is given.

    Raises WarehouseError when there is no lake.
    """
    from warehouse.cli import lake_facts
    from warehouse.cli.file_versions import file_versions
    from warehouse.cli.last_runs import runs_and_lag
    from warehouse.lake.batches import unfinished
    from warehouse.lake.commit import last_batch
    from warehouse.lake.snapshot import snapshot
    from warehouse.lake.tables import LEDGER, open_table

    tables = snapshot(lake)
    con = lake_facts.connect(lake)
    pending = unfinished(lake, last_batch(open_table(lake, LEDGER)))
    facts: dict[str, Any] = {
        "lake": str(lake),
        **lake_facts.totals(con),
        "rows": {name: table.count() for name, table in tables.items()},
        "torn_tails": [
            {"path": path, "end_offset": end, "bytes": length}
            for path, end, length in lake_facts.torn_tails(con)
        ],
        "unfinished_batch": pending.number if pending else None,
        "served": _served(warehouse, lake, tables[LEDGER].version()),
    }
    facts |= runs_and_lag(con, warehouse)
    if files is not None:
        facts["file_versions"] = file_versions(con, files)
    return facts | {"next": _next_step(facts)}


def _served(warehouse: Path, lake: Place, ledger_version: int) -> dict[str, Any] | None:
    """When the served file was built, and whether it shows the lake's newest batch; None without a file."""
    from datetime import UTC, datetime

    from warehouse.lake.tables import LEDGER
    from warehouse.serve.served_file import connect

    if not warehouse.is_file():
        return None
    shown = (
        connect(warehouse)
        .execute("select version, lake.lake_root() from lake.lake_versions where table_name = ?", [LEDGER])
        .fetchone()
    )
    built = datetime.fromtimestamp(warehouse.stat().st_mtime, UTC)
    return {
        "path": str(warehouse),
        "built_at": built.isoformat(timespec="seconds"),
        "is_current": shown == (ledger_version, address(lake)),
    }


def _next_step(facts: dict[str, Any]) -> str:
    from warehouse.cli.last_runs import failed_step

    if facts["unfinished_batch"] is not None:
        return "otlp-warehouse ingest SRC (it completes the unfinished batch first)"
    if not facts["batches"]:
        return "otlp-warehouse ingest SRC"
    failed = failed_step(facts["last_runs"])
    if failed is not None:
        return failed
    if facts["served"] is None or not facts["served"]["is_current"]:
        return "otlp-warehouse build"
    return 'otlp-warehouse sql "from daily_service_health"'


def _print(facts: dict[str, Any]) -> None:
    from warehouse.cli.file_versions import print_versions
    from warehouse.cli.lake_facts import torn_sentences
    from warehouse.cli.last_runs import lag_sentence, runs_table
    from warehouse.cli.screen import console, count, counted, moment, size, table

    screen = console()
    screen.print(
        f"Lake {facts['lake']}: {counted(facts['batches'], 'batch', 'batches')}, "
        f"{counted(facts['files'], 'file')}, {size(facts['bytes'])} read, "
        f"{counted(facts['rejects'], 'record')} rejected.",
        highlight=False,
        markup=False,
    )
    filled = [(name, count(rows)) for name, rows in facts["rows"].items() if rows]
    screen.print(table(None, ("table", "rows"), filled, right=[1]))
    if "file_versions" in facts:
        print_versions(facts["file_versions"])
    for told in torn_sentences([tuple(tail.values()) for tail in facts["torn_tails"]]):
        screen.print(told, highlight=False, markup=False)
    if facts["unfinished_batch"] is not None:
        screen.print(f"Batch {facts['unfinished_batch']} was interrupted.", highlight=False)
    served = facts["served"]
    if served is None:
        screen.print("Nothing is served yet.")
    else:
        newest = "shows the newest batch" if served["is_current"] else "is older than the lake"
        screen.print(
            f"{served['path']}, built {moment(served['built_at'])}, {newest}.", highlight=False, markup=False
        )
    if facts["last_runs"]:
        screen.print(runs_table(facts["last_runs"]))
    screen.print(lag_sentence(facts), highlight=False)
    screen.print(f"Next: {facts['next']}", highlight=False, markup=False)
