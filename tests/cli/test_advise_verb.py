"""From recorded questions to columns: advise, declare, ingest more, and the same question over both."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cli import Demo, run, run_on_terminal, sentence

from warehouse.serve.attribute_use import attribute_uses
from warehouse.serve.query_log import log_file, record, recorded

KEY, COLUMN = "app.tenant", "app_tenant"


def _spans(first: int, count: int, day: int) -> str:
    """Requests of two tenants; every tenth span has a number as its tenant, the fifth after it has none."""
    lines = []
    for n in range(first, first + count):
        start = 1_795_132_800_000_000_000 + day * 86_400_000_000_000 + n * 1_000_000_000
        tenant: list[dict[str, Any]] = [{"key": KEY, "value": {"stringValue": f"tenant-{n % 2}"}}]
        if n % 10 == 0:
            tenant = [{"key": KEY, "value": {"intValue": "7"}}]
        if n % 10 == 5:
            tenant = []
        span = {
            "traceId": f"{n + 1:032x}",
            "spanId": f"{n + 1:016x}",
            "name": "GET /",
            "kind": 2,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + 5_000_000),
            "attributes": [*tenant, {"key": "n", "value": {"intValue": str(n)}}],
        }
        service = {"key": "service.name", "value": {"stringValue": "shop"}}
        resource = {"resource": {"attributes": [service]}, "scopeSpans": [{"spans": [span]}]}
        lines.append(json.dumps({"resourceSpans": [resource]}))
    return "\n".join(lines) + "\n"


def _said(text: str) -> Counter[str]:
    """Every span of OTLP lines as canonical text."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        for resource in json.loads(line)["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    attributes = sorted(json.dumps(a, sort_keys=True) for a in span["attributes"])
                    place = (
                        span["traceId"],
                        span["spanId"],
                        span["startTimeUnixNano"],
                        span["endTimeUnixNano"],
                    )
                    found[json.dumps([*place, span["name"], attributes])] += 1
    return found


@pytest.mark.slow
def test_from_questions_to_a_column(tmp_path: Path) -> None:
    def ok(*arguments: object) -> Any:
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    before = _spans(0, 40, 0) + _spans(200, 10, 2)
    (tmp_path / "before.jsonl").write_text(before)
    ok("ingest", "before.jsonl")
    ok("build")
    ok("sql", f"select attributes['{KEY}'] as tenant, count(*) from fct_spans group by all")
    ok("sql", f"select 1 from fct_spans where attributes['{KEY}'] = 'secret'", "--no-record")
    found = json.loads(ok("advise", "--write", "--json"))
    best = found["keys"][0]
    assert (best["attribute_key"], best["query_count"], best["is_advised"]) == (KEY, 1, True)
    assert "secret" not in log_file(tmp_path / ".data/warehouse.duckdb").read_text()
    file = tmp_path / ".data/lake/otlp-warehouse-promoted.toml"
    declared = f'key = "{KEY}"\ntype = "string"\ntables = ["spans"]'
    assert declared in file.read_text()
    file.write_text(file.read_text().replace(declared, f"{declared}\nlookup = 7"))
    assert "lookup of app.tenant must be true or false" in sentence(run("status", cwd=tmp_path), 3)
    file.write_text(file.read_text().replace("lookup = 7", "lookup = true"))

    # The second file brings a new date, and spans of the first one, which is assembled anew: not the third.
    after = _spans(40, 30, 1) + _spans(100, 10, 0)
    (tmp_path / "after.jsonl").write_text(after)
    ok("ingest", "after.jsonl")
    ok("build", "--settle")
    question = f"select {COLUMN} as tenant, count(*) as n from fct_spans group by all"
    tenants = {row["tenant"]: row["n"] for row in json.loads(ok("sql", question, "--json"))}
    numbers = [*range(70), *range(100, 110), *range(200, 210)]
    expected = Counter(None if n % 10 == 5 else "7" if n % 10 == 0 else f"tenant-{n % 2}" for n in numbers)
    assert tenants == expected
    looked_up = f"select attribute_value, trace_id from fct_trace_attributes where attribute_key = '{KEY}'"
    found = Counter(row["attribute_value"] for row in json.loads(ok("sql", looked_up, "--json")))
    assert found == {tenant: count for tenant, count in expected.items() if tenant}
    stored = (
        f"select event_date::varchar as day, count({COLUMN}) as n from lake.spans group by all order by 1"
    )
    columns = [row["n"] for row in json.loads(ok("sql", stored, "--json"))]
    assert columns == [40, 24, 0], "spans assembled since carry the column, whenever they came"
    census = f"select is_promoted, occurrence_count from dim_attribute_key where attribute_key = '{KEY}'"
    assert json.loads(ok("sql", census, "--json")) == [{"is_promoted": True, "occurrence_count": 81}]
    traced = json.loads(ok("trace", f"{42:032x}", "--json"))
    assert KEY in json.dumps(traced)

    ok("export", "--out", "again")
    exported = "".join(file.read_text() for file in sorted((tmp_path / "again").glob("*.jsonl")))
    assert _said(exported) == _said(before + after)
    ok("optimize")
    ok("build")
    assert {row["tenant"]: row["n"] for row in json.loads(ok("sql", question, "--json"))} == expected
    assert [a["attribute_key"] for a in json.loads(ok("advise", "--json"))["keys"]][:1] != [KEY]

    stranger = (
        "from pathlib import Path\nfrom warehouse.lake.snapshot import snapshot\nsnapshot(Path('.data/lake'))"
    )
    assert "OTLP_WAREHOUSE_PROMOTED" in _python(stranger, tmp_path), "whoever does not know the columns stops"


def _python(code: str, folder: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0
    return done.stderr


def test_a_narrow_terminal_shows_keys_whole(demo: Demo) -> None:
    best = json.loads(run("advise", "--warehouse", demo.warehouse, "--json").stdout)["keys"][0]
    shown = run_on_terminal("advise", "--warehouse", demo.warehouse, columns=80).replace("\r", "")
    assert f"{best['attribute_key']}\n  place: {best['place']}, type: {best['value_type']}, " in shown
    assert max(map(len, shown.splitlines())) <= 80 and "│" not in shown


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("select attributes['user.id'] from fct_spans", {"user.id"}),
        ("from fct_spans s where s.attributes['a b'] = '1' and s.attributes['c'] is null", {"a b", "c"}),
        ("with x as (select map_extract(attributes, 'k')[1] as k from fct_spans) from x", {"k"}),
        ("select attr('http.route') from fct_spans", {"http.route"}),
        ("select filtered_attributes['user.id'], attributes['user.id'] from fct_exemplars", {"user.id"}),
        ("select other['user.id'], 'attributes' from fct_spans", set()),
        ("select attributes[name] from fct_spans", set()),
        ("this is no SQL: attributes['x']", set()),
        ("create table t as select attributes['x'] from fct_spans", set()),
    ],
)
def test_keys_are_read_from_the_syntax_of_a_query(query: str, keys: set[str]) -> None:
    with duckdb.connect() as con:
        assert attribute_uses(con, [query, query]) == dict.fromkeys(keys, 2)


def test_the_log_keeps_text_alone_and_stays_small(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    assert recorded(warehouse) == []
    for n in range(30):
        record(warehouse, f"select {n}, '{'x' * 50_000}'")
    kept = recorded(warehouse)
    assert log_file(warehouse).stat().st_size < 1_100_000
    assert kept[-1].startswith("select 29,") and 5 < len(kept) < 30
    with log_file(warehouse).open("a") as log:
        log.write('{"asked_at": "2026-11-')
    assert recorded(warehouse) == kept
    record(tmp_path / "missing" / "warehouse.duckdb", "select 1")


def test_a_wrong_declaration_is_told(tmp_path: Path, demo: Demo) -> None:
    lake = shutil.copytree(demo.folder / "lake", tmp_path / "lake")
    declaration = lake / "otlp-warehouse-promoted.toml"
    for text, told in {
        '[[attribute]]\nkey = "a.b"\ntype = "text"\n': "must be one of",
        '[[attribute]]\nkey = "a-b"\ntype = "string"\n': "no attribute key that can name a column",
        '[[attribute]]\nkey = "http.route"\ntype = "string"\n': "has a column already",
        "[[attribute]\n": "is not valid TOML",
    }.items():
        declaration.write_text(text)
        assert told in sentence(run("ingest", demo.folder / "nothing", "--lake", lake), 3)
