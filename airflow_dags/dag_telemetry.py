"""A run of a DAG as one trace: its tasks' own spans below one of the whole run, when these are recorded.

What tasks record lies where OTLP_WAREHOUSE_TELEMETRY says, and so does the span of the run, as a line of OTLP
JSON. Ids follow from DAG and run, so that every task knows them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from pathlib import Path
from typing import Any

from airflow.sdk import Context

TRACEPARENT = (
    "{% set named = dag_run.dag_id ~ '/' ~ dag_run.run_id ~ '/' ~ dag_run.clear_number %}"
    "{% set trace = macros.uuid.uuid5(macros.uuid.NAMESPACE_OID, named).hex %}"
    "00-{{ trace }}-{{ trace[:16] }}-01"
)
"""What `traceparent` gives for the run of a task, as a template for the task's environment."""
_OK, ERROR = 1, 2


def traceparent(run: Any) -> str:
    """The parent of the tasks of a run: a trace of its own each time that the run is cleared."""
    trace = _trace(run)
    return f"00-{trace}-{trace[:16]}-01"


def tell_run(context: Context, status: int = _OK) -> None:
    """Write the span of a run whose last task ends: called by that task, for callbacks of DAGs cannot tell
    runs with required parameters."""
    target, run = os.environ.get("OTLP_WAREHOUSE_TELEMETRY"), context["dag_run"]
    if not target or run.start_date is None:
        return
    trace = _trace(run)
    span = {
        "traceId": trace,
        "spanId": trace[:16],
        "name": run.dag_id,
        "kind": 1,
        "startTimeUnixNano": _nano(run.start_date),
        "endTimeUnixNano": _nano(dt.datetime.now(dt.UTC)),
        "attributes": [_attribute("airflow.dag_run.run_id", run.run_id)],
        "status": {"code": status},
    }
    scopes = [{"scope": {"name": "otlp-warehouse"}, "spans": [span]}]
    resource = {"attributes": [_attribute("service.name", "airflow")]}
    file = Path(target)
    if target.endswith(os.sep) or file.is_dir():
        file.mkdir(parents=True, exist_ok=True)
        file = file / f"{run.dag_id}-{trace}.jsonl"
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": scopes}]}) + "\n")


def _trace(run: Any) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{run.dag_id}/{run.run_id}/{run.clear_number}").hex


def _nano(at: dt.datetime) -> str:
    return str(int(at.timestamp() * 1e6) * 1000)


def _attribute(key: str, value: str) -> dict[str, object]:
    return {"key": key, "value": {"stringValue": value}}
