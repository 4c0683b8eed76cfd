"""`otlp-warehouse rejects --replay`: what was rejected, read once more."""

from __future__ import annotations

from warehouse.cli.screen import byte_progress, console, count, counted, print_json
from warehouse.stores.places import Place


def replay_rejects(
    lake: Place, reason: str | None, max_decompressed: int | None, max_record: int | None, as_json: bool
) -> None:
    """Retry the rejects, all or those of one reason, and say what came of it."""
    from warehouse.lake.replay import replay
    from warehouse.otlp.compression import DECOMPRESSED_LIMIT
    from warehouse.otlp.pending import RECORD_LIMIT

    with byte_progress("Reading", as_json) as progress:
        done = replay(
            lake,
            reason=reason,
            progress=progress,
            record_limit=max_record or RECORD_LIMIT,
            max_decompressed=max_decompressed or DECOMPRESSED_LIMIT,
        )
    if as_json:
        print_json(done.to_json())
        return
    screen = console()
    rows = ", ".join(f"{count(n)} {name.removesuffix('_landing')}" for name, n in done.rows.items() if n)
    lines = [f"Retried {counted(done.retried, 'reject')}: {count(done.recovered)} recovered"]
    lines[0] += f" as batch {done.batch_id}: {rows or 'no rows'}." if done.batch_id else "."
    if done.unreachable:
        lines.append(
            f"{counted(done.unreachable, 'reject')} not retried: the source file is gone or has changed."
        )
    if done.unfinished:
        lines.append(
            f"{counted(done.unfinished, 'file')} not read to the end: ingest goes on there, past a limit "
            "with a higher --max-decompressed."
        )
    for line in lines:
        screen.print(line, highlight=False)
