"""The attr() macro: column, then map, then older names, in the declared type."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2
import pytest
from jinja2.runtime import Context

from warehouse.serve.project import project_dir


def _macros() -> Any:
    """The project's macros without dbt: of it they need `return`, `do` and dispatch to DuckDB's spelling."""

    class Returned(Exception):
        pass

    def give_back(value: Any) -> None:
        raise Returned(value)

    macros: Path = project_dir() / "macros"
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], loader=jinja2.FileSystemLoader(macros))

    def promoted_attributes() -> Any:
        try:
            environment.get_template(
                "promoted_attributes.sql", globals={"return": give_back}
            ).module.promoted_attributes()
        except Returned as returned:
            return returned.args[0]
        raise AssertionError("promoted_attributes() returned nothing")

    @jinja2.pass_context
    def dispatch(context: Context, macro: str) -> Any:
        return context.resolve(f"default__{macro}")

    given = {"return": str, "adapter": SimpleNamespace(dispatch=dispatch)}
    quotient = environment.get_template("times.sql", globals=given).module.whole_quotient
    given |= {"promoted_attributes": promoted_attributes, "whole_quotient": quotient}
    module = environment.get_template("attributes.sql", globals=given).module
    return SimpleNamespace(
        attr=module.attr, number=module.http_class_number, http_status_class=module.http_status_class
    )


def _value(sql: str, column: Any, **attributes: str) -> Any:
    """The expression over one row: the promoted columns and the map of other attributes."""
    row = (
        "select $code::bigint as http_response_status_code, $text::varchar as http_request_method, "
        "map($keys::varchar[], $values::varchar[]) as attributes"
    )
    given = {"code": None, "text": None, "keys": list(attributes), "values": list(attributes.values())}
    given |= {"code": column} if isinstance(column, int) else {"text": column}
    return duckdb.execute(f"select {sql} from ({row}) as spans", given).fetchall()[0][0]


STATUS = "http.response.status_code"


@pytest.mark.parametrize(
    ("column", "attributes", "expected"),
    [
        (200, {}, 200),
        (200, {STATUS: "500", "http.status_code": "404"}, 200),
        (None, {STATUS: "500", "http.status_code": "404"}, 500),
        (None, {STATUS: "teapot", "http.status_code": "404"}, 404),
        (None, {"http.status_code": "not found"}, None),
        (None, {"other": "1"}, None),
    ],
)
def test_column_then_map_then_older_names(
    column: int | None, attributes: dict[str, str], expected: Any
) -> None:
    assert _value(_macros().attr(STATUS), column, **attributes) == expected
    assert _value(_macros().attr(STATUS, "spans", "spans"), column, **attributes) == expected


def test_a_build_reads_the_names_alone_that_maps_hold() -> None:
    """What is not among them is not looked for: the map of such a date is not even read."""
    sql = _macros().attr(STATUS)
    with_map = {STATUS: "500", "http.status_code": "404"}
    for held, expected in (([], None), (["http.status_code"], 500), ([*with_map, "x"], 500)):
        duckdb.execute("set variable mapped_names = $1::varchar[]", [held])
        try:
            assert _value(sql, None, **with_map) == expected
            row = (
                "select map(['http.status_code'], ['404']) as attributes, range as http_response_status_code"
            )
            ((_, plan),) = duckdb.execute(f"explain select {sql} from ({row} from range(3))").fetchall()
            assert ("map" in plan.lower()) == bool(held)
        finally:
            duckdb.execute("reset variable mapped_names")


def test_text_is_returned_as_it_is() -> None:
    assert _value(_macros().attr("http.request.method"), None, **{"http.method": "GET"}) == "GET"


def test_keys_that_the_table_does_not_promote_come_from_the_map() -> None:
    assert _value(_macros().attr("my.key"), None, **{"my.key": "7"}) == "7"
    assert _value(_macros().attr(STATUS, "log_records"), 200, **{STATUS: "201"}) == "201"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (100, "1xx"),
        (204, "2xx"),
        (599, "5xx"),
        (None, "none"),
        (0, "invalid"),
        (600, "invalid"),
        (-404, "invalid"),
    ],
)
def test_http_status_classes(code: int | None, expected: str) -> None:
    macros = _macros()
    sql = macros.http_status_class(f"({macros.number('http_response_status_code')})")
    assert _value(sql, code) == expected
