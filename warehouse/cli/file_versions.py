"""File versions of the ledger, as `status --files` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HEADINGS = (
    "file",
    "batch",
    "form",
    "bytes",
    "spans",
    "log records",
    "metric points",
    "rows",
    "rejected",
    "torn tail",
)


def file_versions(con: DuckDBPyConnection, limit: int) -> list[dict[str, Any]]:
    """The newest `limit` file versions, newest first: form, bytes, records, rows and rejects of each.

    `bytes` counts decompressed bytes of a compressed file. `rows` counts the rows of spans, log records and
    points: records found = rows + rejected, but for `rejected_other`, messages and files rejected whole.
    """
    found = con.execute(
        """
        select
            path,
            batch_id,
            form,
            inner_form,
            start_offset,
            end_offset,
            end_offset - start_offset as bytes,
            messages,
            spans,
            log_records,
            metric_points,
            spans_landing_rows + log_records_rows + number_points_rows + histogram_points_rows
            + exponential_histogram_points_rows + summary_points_rows as rows,
            rejected_spans,
            rejected_log_records,
            rejected_metric_points,
            rejected_other,
            torn_tail_bytes
        from lake.ingest_files
        order by batch_id desc, path
        limit ?
        """,
        [limit],
    )
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def print_versions(versions: list[dict[str, Any]]) -> None:
    from warehouse.cli.screen import count, print_wide, size

    rows = [
        (
            v["path"],
            v["batch_id"],
            f"{v['form']} ({v['inner_form']})" if v["inner_form"] else v["form"],
            size(v["bytes"]),
            *(count(v[name]) for name in ("spans", "log_records", "metric_points", "rows")),
            count(sum(n for name, n in v.items() if name.startswith("rejected_"))),
            f"{count(v['torn_tail_bytes'])} bytes at {v['end_offset']}" if v["torn_tail_bytes"] else "",
        )
        for v in versions
    ]
    print_wide("File versions, newest first", _HEADINGS, rows, right=range(3, 9))
