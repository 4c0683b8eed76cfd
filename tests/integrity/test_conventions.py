"""The compact tables of the semantic conventions say what their source says."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pytest

from warehouse.integrity import conventions_source
from warehouse.integrity.conventions import attributes, groups, older_names, positions, version_of
from warehouse.integrity.required import RULES

SOURCE = Path(__file__).parents[3] / "shared" / "semconv"
BY_KEY = {a.key: a for a in attributes()}


def test_the_tables_are_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not SOURCE.is_dir():
        pytest.skip("the tables of the conventions' model are not here")
    kept = {
        name: getattr(conventions_source, name) for name in ("ATTRIBUTES_FILE", "GROUPS_FILE", "EVENTS_FILE")
    }
    for name, file in kept.items():
        monkeypatch.setattr(conventions_source, name, tmp_path / file.name)
    conventions_source.write(SOURCE)
    for file in kept.values():
        assert (tmp_path / file.name).read_text() == file.read_text(), f"render {file.name} anew"


def test_every_replacement_is_current_in_the_source() -> None:
    if not SOURCE.is_dir():
        pytest.skip("the tables of the conventions' model are not here")
    with (SOURCE / "attributes.tsv").open(encoding="utf-8", newline="") as lines:
        current = {r["key"] for r in csv.DictReader(lines, delimiter="\t") if r["deprecated"] != "renamed"}
    for attribute in attributes():
        assert set(attribute.replacements) <= current, attribute.key


@pytest.mark.parametrize(
    ("old", "new", "since"),
    [
        ("http.method", ("http.request.method",), "1.21.0"),
        ("messaging.protocol", ("network.protocol.name",), "1.17.0"),
        ("net.peer.ip", ("network.peer.address",), "1.13.0"),
        ("db.cassandra.keyspace", ("db.namespace",), "1.8.0"),
        ("net.peer.name", ("server.address", "client.address"), None),
        ("http.target", ("url.path", "url.query"), None),
        ("db.user", (), None),
        ("feature_flag.evaluation.error.message", ("feature_flag.error.message",), "1.40.0"),
    ],
)
def test_old_names_lead_to_what_is_written_now(old: str, new: tuple[str, ...], since: str | None) -> None:
    assert BY_KEY[old].is_deprecated
    assert (BY_KEY[old].replacements, BY_KEY[old].renamed_in) == (new, since)


def test_what_came_back_or_moved_elsewhere_is_not_deprecated() -> None:
    assert not BY_KEY["enduser.id"].is_deprecated
    assert not BY_KEY["gen_ai.operation.name"].is_deprecated


def test_levels_and_members() -> None:
    assert BY_KEY["service.name"].is_of_resource and BY_KEY["k8s.pod.uid"].is_of_resource
    assert not BY_KEY["service.version"].is_of_resource and not BY_KEY["http.route"].is_of_resource
    assert "_OTHER" in BY_KEY["http.request.method"].members
    assert BY_KEY["db.system.name"].members == ()


def test_rules_name_groups_that_require_something() -> None:
    assert all(groups()[rule.group].required for rule in RULES)
    assert set(groups()["span.http.server"].required) == {"http.request.method", "url.scheme", "url.path"}


def test_keys_below_a_template_are_found() -> None:
    asked = pa.array(["http.method", "http.request.header.accept", "http.request.header", "mine", "", "é"])
    found = [attributes()[p].key if p >= 0 else None for p in positions(asked)]
    assert found == ["http.method", "http.request.header", None, None, None, None]


def test_older_names_stand_for_the_current_one() -> None:
    assert "db.system" in older_names()["db.system.name"]


def test_versions_come_from_schema_urls_of_the_conventions() -> None:
    assert version_of("https://opentelemetry.io/schemas/1.9.0") == (1, 9, 0)
    assert version_of("https://example.com/schemas/1.9.0") is None
    assert version_of(None) is None
