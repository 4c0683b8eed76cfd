"""Rules for the whole suite: a test is skipped only for a reason that stands in `allowed_skips.tsv`."""

from __future__ import annotations

from pathlib import Path

import pytest

ALLOWED = Path(__file__).parent / "allowed_skips.tsv"


def _allowed() -> set[str]:
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()[1:]
    return {line.split("\t")[0] for line in lines if line}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    skipped = {report.nodeid for report in reporter.stats.get("skipped", [])}
    unknown = sorted(skipped - _allowed())
    if unknown:
        reporter.write_line(f"skipped without a listed reason: {', '.join(unknown)}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
