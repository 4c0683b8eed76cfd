"""What a careful Python programmer writes: orjson, flat lists, pyarrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq


class Attributes:
    """Maps of text as flat keys, values and offsets: no tuple per entry."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.values: list[str] = []
        self.offsets: list[int] = [0]

    def add(self, attributes: list[Any]) -> None:
        for attribute in attributes:
            self.keys.append(attribute["key"])
            for value in attribute["value"].values():
                self.values.append(value if type(value) is str else str(value))
        self.offsets.append(len(self.keys))

    def array(self) -> pa.Array:
        texts = (pa.array(self.keys, pa.string()), pa.array(self.values, pa.string()))
        return pa.MapArray.from_arrays(pa.array(self.offsets, pa.int32()), *texts)


_SPAN_COLUMNS = [
    *("trace_id", "span_id", "parent_span_id", "trace_state", "flags", "name", "kind"),
    *("start_time_unix_nano", "duration_nano", "status_code", "status_message"),
    *("schema_url", "scope_name", "scope_version"),
    *("dropped_attributes_count", "dropped_events_count", "dropped_links_count"),
]
_EVENT_COLUMNS = ["trace_id", "span_id", "time_unix_nano", "name"]
_LINK_COLUMNS = ["trace_id", "span_id", "linked_trace_id", "linked_span_id", "trace_state", "flags"]


class _Table:
    def __init__(self, names: list[str], *maps: str) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.names = names
        self.maps = {name: Attributes() for name in maps}

    def write(self, path: Path) -> None:
        columns = (
            dict(zip(self.names, map(list, zip(*self.rows, strict=True)), strict=True)) if self.rows else {}
        )
        table = pa.table({**columns, **{n: m.array() for n, m in self.maps.items()}})
        pq.write_table(table, path, compression="zstd", compression_level=1)


def convert(source: Path, out: Path) -> int:
    """Convert a file of trace JSON lines to three Parquet files; returns the number of spans."""
    out.mkdir()
    spans = _Table(_SPAN_COLUMNS, "resource", "attributes")
    events = _Table(_EVENT_COLUMNS, "attributes")
    links = _Table(_LINK_COLUMNS, "attributes")
    with source.open("rb") as lines:
        for line in lines:
            for group in orjson.loads(line)["resourceSpans"]:
                for scope in group["scopeSpans"]:
                    for span in scope["spans"]:
                        _add(span, group, scope["scope"], spans, events, links)
    spans.write(out / "spans.parquet")
    events.write(out / "events.parquet")
    links.write(out / "links.parquet")
    return len(spans.rows)


def _add(span: Any, group: Any, scope: Any, spans: _Table, events: _Table, links: _Table) -> None:
    get = span.get
    trace_id, span_id, start = span["traceId"], span["spanId"], int(span["startTimeUnixNano"])
    status = span["status"]
    spans.rows.append(
        (
            trace_id,
            span_id,
            get("parentSpanId"),
            get("traceState"),
            get("flags", 0),
            span["name"],
            span["kind"],
            start,
            int(span["endTimeUnixNano"]) - start,
            status.get("code", 0),
            status.get("message"),
            group.get("schemaUrl"),
            scope.get("name"),
            scope.get("version"),
            get("droppedAttributesCount", 0),
            get("droppedEventsCount", 0),
            get("droppedLinksCount", 0),
        )
    )
    spans.maps["resource"].add(group["resource"]["attributes"])
    spans.maps["attributes"].add(span["attributes"])
    for event in get("events", ()):
        events.rows.append((trace_id, span_id, int(event["timeUnixNano"]), event["name"]))
        events.maps["attributes"].add(event.get("attributes", []))
    for link in get("links", ()):
        row = (
            trace_id,
            span_id,
            link["traceId"],
            link["spanId"],
            link.get("traceState"),
            link.get("flags", 0),
        )
        links.rows.append(row)
        links.maps["attributes"].add(link.get("attributes", []))
