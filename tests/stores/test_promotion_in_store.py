"""A lake in a bucket declares attributes as one on a disk does: columns where assembled since, else maps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bucket_under_test import Bucket
from otlp_lines import BASE_NANO

from warehouse.lake.ingest import ingest
from warehouse.schemas.declaration import DECLARATION
from warehouse.serve.advice import Advice, declare
from warehouse.stores.places import place
from warehouse.traces.assemble import assemble

_DAY_NANO = 86_400_000_000_000
_VERBS = """
import sys
from warehouse.cli.main import run
lake, file, question = sys.argv[1:]
for verb in (["ingest", file, "--lake", lake], ["build", "--settle", "--lake", lake], ["sql", question]):
    assert run([*verb, "--json"]) == 0, verb
"""


def _span(n: int, day: int) -> str:
    start = str(BASE_NANO + day * _DAY_NANO + n)
    tenant = {"key": "app.tenant", "value": {"stringValue": f"t-{n}"}}
    span = {"traceId": f"{n + 1:032x}", "spanId": f"{n + 1:016x}", "name": "GET /", "attributes": [tenant]}
    span |= {"startTimeUnixNano": start, "endTimeUnixNano": start}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}) + "\n"


@pytest.mark.slow
def test_a_store_promotes_what_it_declares(bucket: Bucket, tmp_path: Path) -> None:
    lake = place(f"{bucket.url}/lake")
    (tmp_path / "before.jsonl").write_text(_span(0, 0) + _span(1, 1))
    ingest([tmp_path / "before.jsonl"], lake)
    assemble(lake, settle=True)
    declare(lake, [Advice("span", "app.tenant", "string", 2, 1.0, 2, 6, 1.0, 1, None)])
    assert b'key = "app.tenant"' in bucket.get(f"lake/{DECLARATION}")

    (tmp_path / "after.jsonl").write_text(_span(2, 1))
    question = (
        "select f.app_tenant, l.app_tenant is not null as is_column from fct_spans f "
        "join lake.spans l using (trace_id) order by 1"
    )
    command = [sys.executable, "-c", _VERBS, str(lake), tmp_path / "after.jsonl", question]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout[done.stdout.rindex("\n[") :])
    assert rows == [
        {"app_tenant": "t-0", "is_column": False},
        {"app_tenant": "t-1", "is_column": True},
        {"app_tenant": "t-2", "is_column": True},
    ]
