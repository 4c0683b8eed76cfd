"""Every dashboard in headless Chromium, as an analyst opens it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from running_superset import RunningSuperset

from dashboards.superset.pages import DASHBOARDS

pytestmark = pytest.mark.surfaces

_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
_WIDE_TABLES = """[...document.querySelectorAll("[data-test=slice-container] div")].filter(
    box => box.clientWidth > 100 && box.scrollWidth > box.clientWidth + 1
        && ["auto", "scroll"].includes(getComputedStyle(box).overflowX)
).map(box => box.innerText.slice(0, 200))"""
_TITLE_HEIGHTS = "[...document.querySelectorAll('.header-title')].map(title => title.clientHeight)"
_WAITING = ".loading, [data-test=loading-indicator], [data-test=slice-container] .ant-spin"


@pytest.fixture(scope="module")
def page(superset: RunningSuperset) -> Iterator[Page]:
    with sync_playwright() as driver:
        browser: Browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=_OPTIONS)
        page = browser.new_page(viewport={"width": 1400, "height": 900}, bypass_csp=True)
        page.goto(f"{superset.url}/login/")
        page.fill("#username", "admin")
        page.fill("#password", superset.password)
        page.press("#password", "Enter")
        page.wait_for_url("**/superset/welcome/**", timeout=90_000)
        yield page
        browser.close()


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.slug)
def test_a_dashboard_draws(dashboard, page: Page, superset: RunningSuperset, tmp_path: Path) -> None:
    answers: list[int] = []
    page.on("response", lambda r: answers.append(r.status) if "/api/v1/chart/data" in r.url else None)
    page.set_viewport_size({"width": 1400, "height": 900})
    page.goto(f"{superset.url}/superset/dashboard/{dashboard.slug}/", wait_until="domcontentloaded")
    page.wait_for_selector(".dashboard-component-chart-holder", timeout=90_000)
    height = page.evaluate("document.querySelector('.grid-container').scrollHeight")
    # Charts are asked for when they come into view: make all of them visible.
    page.set_viewport_size({"width": 1400, "height": int(height) + 250})
    for _ in range(60):
        page.wait_for_timeout(1_000)
        if len(answers) >= len(dashboard.charts) and page.locator(_WAITING).count() == 0:
            break
    page.wait_for_timeout(1_500)
    folder = Path(os.environ.get("OTLP_TEST_SCREENSHOTS", tmp_path))
    page.screenshot(path=folder / f"{dashboard.slug}.png")
    assert len(answers) >= len(dashboard.charts)
    assert set(answers) == {200}
    assert page.locator("[role=alert]").all_inner_texts() == []
    assert page.evaluate(_WIDE_TABLES) == [], "every column is in sight"
    assert len(set(page.evaluate(_TITLE_HEIGHTS))) == 1, "titles take one line"
    titles = page.locator("[data-test=editable-title-input], .header-title").all_inner_texts()
    assert all(any(chart.title in title for title in titles) for chart in dashboard.charts)
