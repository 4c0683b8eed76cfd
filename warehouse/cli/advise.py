"""`otlp-warehouse advise`: which attributes deserve a column of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.cli.options import DEFAULT_LAKE, DEFAULT_WAREHOUSE, JsonOption, LakeOption, WarehouseOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.serve.advice import Advice


def advise(
    lake: LakeOption = DEFAULT_LAKE,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    limit: Annotated[int, typer.Option(min=1, help="Keys to show.")] = 20,
    write: Annotated[
        bool,
        typer.Option(
            "--write", show_envvar=False, help="Declare the advised keys that are shown in the lake."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Rank attribute keys without a column: by the queries that asked for them, then by bytes.

    Queries are those that `sql` recorded. What --write declares is a column of what is ingested or assembled
    from then on; facts show it for earlier dates too, read from the map.

    Examples:

      otlp-warehouse advise

      otlp-warehouse advise --limit 5 --write
    """
    from warehouse.cli.screen import console, print_json
    from warehouse.serve.advice import advise as run
    from warehouse.serve.advice import declare

    found = run(warehouse)[:limit]
    written = declare(lake, found) if write else None
    if as_json:
        keys = [advice.as_json() for advice in found]
        print_json({"keys": keys, "declaration": str(written) if written else None})
        return
    _print(found)
    if written:
        console().print(
            f"Declared in {written}. Next: otlp-warehouse ingest SRC, then otlp-warehouse build.",
            highlight=False,
            markup=False,
        )


def _print(found: Sequence[Advice]) -> None:
    from warehouse.cli.screen import count, print_wide, size

    columns = ("key", "place", "type", "queries", "bytes", "rows with it", "distinct", "advice")
    rows = [
        (
            a.attribute_key,
            a.place,
            a.value_type,
            count(a.query_count),
            size(a.value_bytes),
            f"{a.row_ratio:.1%}",
            count(a.distinct_estimate),
            "promote" if a.is_advised else a.obstacle or "leave in the map",
        )
        for a in found
    ]
    print_wide("Attribute keys without a column", columns, rows, right=[3, 4, 5, 6])
