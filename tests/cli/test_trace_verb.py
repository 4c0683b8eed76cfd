"""`otlp-warehouse trace`: one trace as a waterfall, on terminals of any width, and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli import EXAMPLES, run, run_on_terminal, sentence
from rich.cells import cell_len

from warehouse.cli.trace_waterfall import closing, waterfall
from warehouse.errors import WarehouseError
from warehouse.lake.ingest import ingest
from warehouse.traces.assemble import assemble
from warehouse.waterfall.path import critical_intervals
from warehouse.waterfall.rows import StoredTrace, Trace
from warehouse.waterfall.tree import Node, detailed, nodes

NOON = 1_795_176_000_000_000_000
MS = 1_000_000
TRACE, OTHER, CYCLE, CHAIN = "ab" * 16, "ac" * 16, "cd" * 16, "ee" * 16
MANY, DEEP_ERROR, UNDATED, NAMELESS = "fa" * 16, "fb" * 16, "fc" * 16, "fd" * 16


def span(trace: str, number: int, parent: int | None, begin: int, end: int, **more: Any) -> dict[str, Any]:
    """A span from `begin` to `end` milliseconds after noon."""
    return {
        "traceId": trace,
        "spanId": f"{number:016x}",
        "parentSpanId": "" if parent is None else f"{parent:016x}",
        "name": f"step {number}",
        "kind": 1,
        "startTimeUnixNano": str(NOON + begin * MS),
        "endTimeUnixNano": str(NOON + end * MS),
    } | more


def line(service: str, *spans: dict[str, Any]) -> str:
    attributes = [{"key": "service.name", "value": {"stringValue": service}}]
    scope = {"scope": {"name": "lib"}, "spans": list(spans)}
    request = {"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": [scope]}]}
    return json.dumps(request) + "\n"


EXCEPTION = {
    "timeUnixNano": str(NOON + 45 * MS),
    "name": "exception",
    "attributes": [{"key": "exception.type", "value": {"stringValue": "ValueError"}}],
}
LINES = [
    line("gateway", span(TRACE, 1, None, 0, 100, kind=2, name="GET /cart")),
    line(
        "cart\x1b[31m",
        span(TRACE, 2, 1, 10, 30),
        span(TRACE, 3, 1, 40, 90, status={"code": 2, "message": "no\nstock"}, events=[EXCEPTION]),
        span(TRACE, 4, 3, 50, 120, attributes=[{"key": "n", "value": {"intValue": "7"}}]),
        span(TRACE, 5, 99, 20, 25, links=[{"traceId": OTHER, "spanId": f"{6:016x}"}]),
    ),
    line("other", span(OTHER, 6, None, 0, 1)),
    line("other", span(OTHER, 6, None, 0, 1)),
    line("knot", span(CYCLE, 7, 8, 0, 5), span(CYCLE, 8, 7, 1, 4), span(CYCLE, 9, 8, 2, 3)),
    line("crowd", *(span(MANY, n, 999, n, 40) for n in range(1, 21))),
    line(
        "nest",
        span(DEEP_ERROR, 1, None, 0, 9),
        span(DEEP_ERROR, 2, 1, 1, 2),
        span(DEEP_ERROR, 3, 1, 2, 8),
        span(DEEP_ERROR, 4, 3, 3, 4),
        span(DEEP_ERROR, 5, 3, 4, 5, status={"code": 2}),
        span(DEEP_ERROR, 6, 1, 8, 9, status={"code": 2}),
    ),
    line("clock", span(UNDATED, 1, None, -NOON // MS, 8 - NOON // MS)),
    line(
        "zero",
        span(NAMELESS, 1, None, 0, 9),
        *(span(NAMELESS, 0, 1, 1, 2, name=f"lost {n}") for n in range(5)),
    ),
    line("chain", *(span(CHAIN, n, n - 1 or None, n, 9000) for n in range(1, 3001))),
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("traces")
    (folder / "lines").write_text("".join(LINES))
    ingest([folder / "lines", EXAMPLES], folder / "lake")
    assemble(folder / "lake", settle=True)
    (folder / "late").write_text(line("late", span("99" * 16, 1, None, 0, 1)))
    ingest([folder / "late"], folder / "lake")
    return folder / "lake"


def drawn(lake: Path, trace_id: str, width: int, limit: int = 100) -> list[str]:
    trace, shown = outlined(lake, trace_id, limit)
    return [text.plain for text in waterfall(trace, shown, width)]


def outlined(lake: Path, trace_id: str, limit: int) -> tuple[Trace, list[Node]]:
    stored = StoredTrace(lake, trace_id)
    trace = stored.outline()
    shown = nodes(trace.spans)[:limit]
    return trace, detailed(shown, stored.details([node.span["span_id"] for node in shown]))


def test_a_span_a_line_with_what_hangs_on_it(lake: Path) -> None:
    lines = [text.rstrip() for text in drawn(lake, TRACE, 100)]
    assert lines[:3] == [
        f"Trace {TRACE}",
        "gateway: GET /cart",
        "2026-11-20 12:00:00.000 UTC, 120.0 ms, 5 spans, 2 services, 1 error, 1 orphan, incomplete",
    ]
    bars = {text.split(": ")[1].split("  ")[0]: text for text in lines if "█" in text or "▒" in text}
    assert list(bars) == ["GET /cart", "step 2", "✗ step 3", "⚠ step 4", "⚠ step 5"]
    assert bars["GET /cart"].startswith("gateway:") and bars["step 2"].startswith("  cart")
    assert bars["⚠ step 4"].startswith("    cart") and "70.00 ms" in bars["⚠ step 4"]
    text = "\n".join(lines)
    assert "✗ no stock" in text and "◇ +5.00 ms exception ValueError" in text
    assert f"↗ link to span {6:016x} of trace {OTHER}" in text
    assert f"⌀ its parent {99:016x} is not in the trace" in text
    assert "⚠ TIME warning: Span step 4 of" in text and "⚠ IC2 warning:" in text
    assert "\x1b" not in text


def test_the_bar_shows_when_and_what_is_critical(lake: Path) -> None:
    # The trace lasts 120 ms and the bar has 60 columns: 2 ms each.
    lines = waterfall(*outlined(lake, TRACE, 100), 24 + 12 + 60)
    (root,) = (line for line in lines if line.plain.startswith("gateway: GET /cart   "))
    # 0-10, 30-40 and 90-100 ms belong to the root itself; children cover the rest.
    runs = ["█" * 5, "▒" * 10, "█" * 5, "▒" * 25, "█" * 5]
    assert root.plain[36:] == "".join(runs)
    assert [root.plain[span.start : span.end] for span in root.spans][-5:] == runs


@pytest.mark.parametrize("width", [40, 60, 75, 76, 100, 200])
def test_no_line_is_wider_than_the_terminal(lake: Path, width: int) -> None:
    for trace_id in (TRACE, CYCLE, CHAIN):
        assert max(cell_len(text.rstrip()) for text in drawn(lake, trace_id, width)) <= width


def test_narrow_terminals_have_the_bar_on_its_own_line(lake: Path) -> None:
    lines = drawn(lake, TRACE, 60)
    at = next(n for n, text in enumerate(lines) if text.startswith("gateway: GET /cart "))
    assert lines[at].endswith("100.0 ms") and set(lines[at + 1].strip()) == {"█", "▒"}


def test_critical_intervals_are_those_that_assembly_measured(lake: Path) -> None:
    checked = 0
    for trace_id in (TRACE, CYCLE, CHAIN, *_example_ids(lake)[:20]):
        stored = StoredTrace(lake, trace_id)
        spans = stored.outline().spans
        found = critical_intervals(spans)
        for row in stored.spans([row["span_id"] for row in spans]):
            own = found.get(row["span_id"])
            assert row["critical_path_nano"] == (
                None if _is_knotted(row) else sum(b - a for a, b in own or [])
            )
            checked += 1
    assert checked > 3100


def _is_knotted(row: dict[str, Any]) -> bool:
    return row["service_name"] == "knot"


def _example_ids(lake: Path) -> list[str]:
    import duckdb

    pattern = lake / "traces" / "*" / "*.parquet"
    with duckdb.connect() as con:
        found = con.execute(
            f"select trace_id from read_parquet('{pattern}') where trace_id not in (?, ?, ?)",
            [TRACE, CYCLE, CHAIN],
        ).fetchall()
    return [trace_id for (trace_id,) in found]


def test_a_trace_of_a_time_that_nobody_believes_is_drawn_as_long_as_it_is(lake: Path) -> None:
    lines = drawn(lake, UNDATED, 100)
    assert "at no believable time, 1 span, 1 service, complete" in lines
    assert any(text.startswith(" ") and text.endswith("8.00 ms") for text in lines)


def test_copies_are_counted_beside_the_span(lake: Path) -> None:
    assert sum(text.startswith("other: 2x step 6  ") for text in drawn(lake, OTHER, 100)) == 1


def test_members_of_a_cycle_are_told(lake: Path) -> None:
    assert sum("↻" in text for text in drawn(lake, CYCLE, 100)) == 3


def test_json_is_one_object_in_tree_order(lake: Path) -> None:
    done = run("trace", TRACE, "--lake", lake, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["trace_id"], found["span_count"], found["root_operation_name"]) == (TRACE, 5, "GET /cart")
    assert [(s["name"], s["level"]) for s in found["spans"]] == [
        ("GET /cart", 0),
        ("step 2", 1),
        ("step 3", 1),
        ("step 4", 2),
        ("step 5", 0),
    ]
    third, fourth, fifth = found["spans"][2:]
    assert third["events"][0]["attributes"] == {"exception.type": "ValueError"}
    assert fourth["attributes"] == {"n": 7} and fifth["links"][0]["linked_trace_id"] == OTHER
    assert {v["constraint_id"] for v in fourth["violations"]} == {"TIME"}
    assert found["spans_left_out"] == 0


def test_a_prefix_and_a_traceparent_suffice(lake: Path) -> None:
    for given in ("cd", CYCLE, f"00-{CYCLE.upper()}-{1:016x}-01"):
        assert StoredTrace(lake, given).outline().trace_id == CYCLE


def test_what_cannot_be_drawn_is_one_sentence(lake: Path, tmp_path: Path) -> None:
    assert "There is no trace 123f456" in sentence(run("trace", "123f456", "--lake", lake), 2)
    assert "run `otlp-warehouse assemble` first" in sentence(run("trace", "99" * 16, "--lake", lake), 3)
    for given, folder, words in (
        ("a", lake, r"Several traces begin with a \("),
        ("hello", lake, "hello is no trace id"),
        ("ab", tmp_path, "There is no lake"),
    ):
        with pytest.raises(WarehouseError, match=words):
            StoredTrace(folder, given)


def test_a_long_trace_is_cut_and_says_so(lake: Path) -> None:
    done = run("trace", CHAIN, "--lake", lake, "--limit", "10")
    assert done.returncode == 0 and "2,990 more spans: --limit 3000 shows them." in done.stdout


def test_many_like_violations_are_told_a_few_times_and_counted(lake: Path) -> None:
    lines = drawn(lake, MANY, 100)
    assert sum(text.strip().startswith("⚠ IC2 warning:") for text in lines) == 3
    assert lines[-1] == "⚠ IC2 missing_parent: 17 more such spans, marked alone"
    assert sum(text.startswith("crowd: ⚠ step") for text in lines) == 20


def test_errors_alone_with_what_called_them(lake: Path) -> None:
    done = run("trace", DEEP_ERROR, "--lake", lake, "--errors", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["spans"]
    assert [(s["name"], s["level"]) for s in found] == [
        ("step 1", 0),
        ("step 3", 1),
        ("step 5", 2),
        ("step 6", 1),
    ]
    assert "No span of it failed." in run("trace", CYCLE, "--lake", lake, "--errors").stdout
    cut = run("trace", DEEP_ERROR, "--lake", lake, "--limit", "2").stdout
    assert "4 more spans, 2 with errors: --limit 6 shows them, --errors those that failed." in cut


def test_nothing_in_telemetry_steers_the_terminal(lake: Path) -> None:
    for columns in (60, 120):
        for verb in (("trace", TRACE), ("check", "--constraint", "TIME")):
            shown = run_on_terminal(*verb, "--lake", lake, columns=columns)
            assert "cart [31m" in " ".join(shown.split()) and "cart\x1b" not in shown


def test_it_fits_a_terminal(lake: Path) -> None:
    for columns in (50, 120):
        shown = run_on_terminal("trace", TRACE, "--lake", lake, columns=columns)
        assert "step 4" in shown and "critical path" in shown
        assert max(cell_len(text.rstrip()) for text in shown.splitlines()) <= columns


def test_of_a_huge_trace_the_earliest_spans_are_read(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = outlined(lake, TRACE, 100)
    monkeypatch.setattr("warehouse.waterfall.rows.MOST_SPANS", 3)
    trace, shown = outlined(lake, TRACE, 100)
    assert {row["span_id"] for row in trace.spans} == {f"{n:016x}" for n in (1, 2, 5)}
    assert (whole.unread, trace.unread) == (0, 2)
    assert trace.fixes == whole.fixes and len(trace.fixes) == 2
    (said,) = (t.plain for t in closing(trace, shown, [], 200) if "earliest" in t.plain)
    assert said == "These are of the earliest 3 spans: ask fct_spans for the 2 others."


def test_details_are_read_of_what_is_shown_alone(lake: Path) -> None:
    _, whole = outlined(lake, TRACE, 100)
    assert [len(node.events) for node in whole] == [0, 0, 1, 0, 0]
    assert [len(node.links) for node in whole] == [0, 0, 0, 0, 1]
    stored = StoredTrace(lake, TRACE)
    details = stored.details([whole[4].span["span_id"]])
    assert (details.events, details.links, details.violations) == ([], whole[4].links, whole[4].violations)
    assert [row["name"] for row in stored.spans([whole[4].span["span_id"]])] == ["step 5"]


def test_spans_without_a_valid_id_are_told_and_not_placed(lake: Path) -> None:
    trace, shown = outlined(lake, NAMELESS, 100)
    assert [node.span["name"] for node in shown] == ["step 1"] and trace.unread == 0
    said = [text.plain for text in closing(trace, shown, [], 200)]
    assert said[0] == (
        "⚠ TYPE error: Span lost 0 of zero has no valid span id: 8 bytes that are not all zero."
    )
    assert said[3] == "⚠ TYPE bad_span_id: 2 more such spans"
    found = json.loads(run("trace", NAMELESS, "--lake", lake, "--json").stdout)
    assert (len(found["spans"]), len(found["violations"]), found["spans_left_out"]) == (1, 5, 0)
