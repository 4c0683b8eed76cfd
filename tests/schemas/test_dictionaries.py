"""Text columns held as dictionaries, and which columns of a file are."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.schemas.dictionaries import decoded, keeping_dictionaries, united
from warehouse.schemas.parquet import few_valued, open_parquet

_TEXTS = pa.dictionary(pa.int32(), pa.string())


def _encoded(*values: str | None) -> pa.Table:
    return pa.table({"text": pa.array(values, pa.string()).dictionary_encode()})


def test_pieces_that_hold_dictionaries_have_one_together() -> None:
    whole = united([_encoded("a", "b"), _encoded("b", None, "c")])
    assert whole.schema.field("text").type == _TEXTS
    assert {tuple(chunk.dictionary.to_pylist()) for chunk in whole["text"].chunks} == {("a", "b", "c")}
    assert whole["text"].to_pylist() == ["a", "b", "b", None, "c"]


def test_one_plain_value_makes_a_column_plain_and_absent_ones_do_not() -> None:
    nulls, plain = (pa.table({"text": pa.array([v], pa.string())}) for v in (None, "d"))
    kept = united([nulls, _encoded("a"), nulls.slice(1)])
    assert kept.schema.field("text").type == _TEXTS
    assert kept["text"].to_pylist() == [None, "a"]
    mixed = united([_encoded("a"), plain, pa.table({"other": [1]})])
    assert mixed.schema.field("text").type == pa.string()
    assert mixed.to_pylist() == [
        {"text": "a", "other": None},
        {"text": "d", "other": None},
        {"text": None, "other": 1},
    ]


def test_decoded_rows_have_plain_texts() -> None:
    rows = _encoded("a", None)
    assert keeping_dictionaries(decoded(rows).schema, rows.schema) == rows.schema
    assert decoded(rows) == pa.table({"text": pa.array(["a", None], pa.string())})


def test_columns_with_a_small_dictionary_in_all_row_groups_have_few_values(tmp_path: Path) -> None:
    count = 4_000
    columns = {
        "few": ["GET", None] * (count // 2),
        "many": [f"{n * 7919:x}" for n in range(count)],
        "many_later": ["GET"] * (count // 2) + [f"{n * 7919:x}" for n in range(count // 2)],
        "plain": ["GET"] * count,
        "number": [1] * count,
    }
    names = [name for name in columns if name != "plain"]
    pq.write_table(pa.table(columns), tmp_path / "a", row_group_size=count // 2, use_dictionary=names)
    metadata = open_parquet(str(tmp_path / "a")).metadata
    assert few_valued(metadata, range(2)) == {"few"}
    assert few_valued(metadata, [0]) == {"few", "many_later"}
