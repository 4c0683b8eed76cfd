"""`otlp-warehouse rejects`: what was not taken into the lake, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warehouse.cli.options import DEFAULT_LAKE, JsonOption, LakeOption, MaxRecordOption
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_START_BYTES = 60
_FETCHED = 100
_COLUMNS = ("path", "byte_offset", "length_bytes", "signal", "reason", "detail")


def rejects(
    lake: LakeOption = DEFAULT_LAKE,
    reason: Annotated[str | None, typer.Option(help="Only rejects of this reason.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Rejects listed at most.")] = 20,
    raw: Annotated[
        Path | None,
        typer.Option(help="Folder to write the raw bytes of all these rejects to (64 KiB of each at most)."),
    ] = None,
    replay: Annotated[
        bool,
        typer.Option(
            "--replay",
            help="Retry them, as after an update or with a higher --max-decompressed or --max-record: what "
            "can be read now becomes rows.",
        ),
    ] = False,
    max_decompressed: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="BYTES", help="With --replay: bytes taken from one compressed message at most."
        ),
    ] = None,
    max_record: MaxRecordOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the records, messages and files that were not taken, by reason and one by one; or retry them.

    Examples:

      otlp-warehouse rejects

      otlp-warehouse rejects --reason malformed_json --limit 5

      otlp-warehouse rejects --reason bad_id --raw rejected/ --json

      otlp-warehouse rejects --replay
    """
    if replay:
        from warehouse.cli.replay import replay_rejects

        replay_rejects(lake, reason, max_decompressed, max_record, as_json)
        return
    from warehouse.cli import lake_facts
    from warehouse.cli.screen import print_json

    con = lake_facts.connect(lake)
    reasons, listed = _reasons(con, reason), _listed(con, reason, limit)
    written = _write_raw(con, reason, raw) if raw is not None else None
    if as_json:
        print_json({"reasons": reasons, "rejects": listed, "written": written})
    else:
        _print(reasons, listed, raw, written, reason)


def _objects(con: DuckDBPyConnection, query: str, values: list[Any]) -> list[dict[str, Any]]:
    found = con.execute(query, values)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _reasons(con: DuckDBPyConnection, reason: str | None) -> list[dict[str, Any]]:
    return _objects(
        con,
        """
        select reason, signal, count(*) as rejects, count(distinct path) as files
        from lake.rejects
        where $1 is null or reason = $1
        group by reason, signal
        order by rejects desc, reason, signal
        """,
        [reason],
    )


def _listed(con: DuckDBPyConnection, reason: str | None, limit: int) -> list[dict[str, Any]]:
    """The first rejects by place; `start` is the beginning of the raw bytes as text."""
    found = _objects(
        con,
        f"""
        select {", ".join(_COLUMNS)}, raw[:{_START_BYTES}] as start
        from lake.rejects
        where $1 is null or reason = $1
        order by path, byte_offset, record_ordinal, batch_id, reason
        limit $2
        """,
        [reason, limit],
    )
    return [row | {"start": _text(row["start"])} for row in found]


def _text(raw: bytes) -> str:
    text = raw.decode("utf-8", errors="backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _write_raw(con: DuckDBPyConnection, reason: str | None, folder: Path) -> int:
    """One file per reject that has bytes, numbered in the order of the list; returns how many."""
    found = con.execute(
        """
        select reason, byte_offset, raw
        from lake.rejects
        where ($1 is null or reason = $1) and octet_length(raw) > 0
        order by path, byte_offset, record_ordinal, batch_id, reason
        """,
        [reason],
    )
    written = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while rows := found.fetchmany(_FETCHED):
            for why, offset, data in rows:
                written += 1
                (folder / f"{written:06d}-{why}-{offset}.raw").write_bytes(data)
    except OSError as error:
        raise WarehouseError(
            f"{folder} cannot be written ({error.strerror}): choose another --raw."
        ) from error
    return written


def _print(
    reasons: list[dict[str, Any]],
    listed: list[dict[str, Any]],
    raw: Path | None,
    written: int | None,
    reason: str | None,
) -> None:
    from warehouse.cli.screen import console, count, counted, table

    screen = console()
    total = sum(r["rejects"] for r in reasons)
    if not total:
        why = f" as {reason}" if reason else ""
        screen.print(f"Nothing was rejected{why}.", highlight=False, markup=False)
        return
    rows = [(r["reason"], r["signal"], count(r["rejects"]), count(r["files"])) for r in reasons]
    screen.print(
        table(counted(total, "reject"), ("reason", "signal", "rejects", "files"), rows, right=(2, 3))
    )
    for row in listed:
        screen.print(
            f"{row['path']} byte {row['byte_offset']}, {counted(row['length_bytes'], 'byte')}: "
            f"{row['signal']}, {row['reason']}. {row['detail'] or ''}",
            highlight=False,
            markup=False,
        )
        if row["start"]:
            screen.print(f"    {row['start']}", highlight=False, markup=False)
    if total > len(listed):
        screen.print(f"{count(total - len(listed))} more: --limit {total} lists all.", highlight=False)
    if raw is not None:
        screen.print(f"Wrote {counted(written or 0, 'file')} to {raw}.", highlight=False, markup=False)
