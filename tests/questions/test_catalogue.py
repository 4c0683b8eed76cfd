"""Every question is documented, listed and tested."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.questions.catalogue import PAGE, page, questions


def test_the_page_lists_the_questions_as_they_are() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "run `make generate`"


def test_headers_name_the_parameters_and_tables_that_statements_have() -> None:
    assert len(questions()) == 16
    for question in questions():
        statement = "\n".join(line for line in question.sql.splitlines() if not line.startswith("--"))
        assert set(re.findall(r"\$(\w+)", statement)) == set(question.parameters), question.name
        read = set(re.findall(r"(?:from|join) ((?:fct|dim|cube|daily|service|operation)_\w+)", statement))
        assert read and read <= set(re.findall(r"\w+", question.tables)), question.name
        assert question.title.endswith("?"), question.name


def test_every_question_is_asked_in_a_test() -> None:
    tests = "".join(p.read_text(encoding="utf-8") for p in Path(__file__).parent.glob("test_*_questions.py"))
    assert {q.name for q in questions()} <= set(re.findall(r'ask\(\s*"(\w+)"', tests))
