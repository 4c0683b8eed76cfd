"""Random traces as OTLP files."""

from __future__ import annotations

import json
from typing import Any

from trace_batch import Batch, Row

_PEERS = {
    "peer_service": "peer.service",
    "peer_host": "server.address",
    "peer_destination": "messaging.destination.name",
    "peer_database": "db.namespace",
}


def otlp_lines(batch: Batch) -> list[str]:
    """One JSON line per landing row, each an export request of one span with events and its links."""
    links: dict[tuple[str, str, int], list[Row]] = {}
    for link in batch.links:
        key = (link["trace_id"], link["span_id"], link["content_key"])
        if link not in links.setdefault(key, []):
            links[key].append(link)
    return [_line(r, links.get((r["trace_id"], r["span_id"], r["content_key"]), [])) for r in batch.spans]


def _line(row: Row, links: list[Row]) -> str:
    start = row["start_time_unix_nano"]
    span: dict[str, Any] = {
        "traceId": row["trace_id"],
        "spanId": row["span_id"],
        "parentSpanId": row["parent_span_id"] or "",
        "name": f"operation {row['kind']}",
        "kind": row["kind"],
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(max(start + row["duration_nano"], 0)),
        "status": {"code": row["status_code"]},
        "attributes": [
            {"key": key, "value": {"stringValue": row[name]}}
            for name, key in _PEERS.items()
            if row[name] is not None
        ],
        "events": [
            {"timeUnixNano": str(start + n), "name": f"event {n}"} for n in range(row["status_code"] % 4)
        ],
        "links": [{"traceId": k["linked_trace_id"], "spanId": k["linked_span_id"]} for k in links],
    }
    resource = {"host.name": f"host-{row['resource_key']}"}
    if row["service_name"] is not None:
        resource["service.name"] = row["service_name"]
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in resource.items()]
    scoped = {"resource": {"attributes": attributes}, "scopeSpans": [{"spans": [span]}]}
    return json.dumps({"resourceSpans": [scoped]}) + "\n"
