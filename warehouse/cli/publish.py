"""`otlp-warehouse publish`: the last step of a build that was made in steps."""

from __future__ import annotations

from warehouse.cli.options import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption


def publish(warehouse: WarehouseOption = DEFAULT_WAREHOUSE, as_json: JsonOption = False) -> None:
    """Replace the served file by a build that passed its checks. `build` alone does all of it.

    Readers of the old file are undisturbed. Running it again does nothing.

    Examples:

      otlp-warehouse build --models-only

      otlp-warehouse check --candidate

      otlp-warehouse publish
    """
    from warehouse.cli.screen import console, print_json
    from warehouse.runs import recorded
    from warehouse.serve.build import publish as run

    with recorded("publish", warehouse):
        is_new = run(warehouse)
    if as_json:
        print_json({"published": is_new})
    elif is_new:
        console().print(f"Published {warehouse}.", highlight=False)
    else:
        console().print(f"{warehouse} is up to date: the last build was published already.", highlight=False)
