"""The report in headless Chromium: nothing is loaded, nothing complains, every screen and reader is served.

`OTLP_TEST_SCREENSHOTS=folder` keeps the screenshots; `OTLP_TEST_PICTURES=docs/images` renews the README.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from incident import Served
from playwright.sync_api import Browser, Page, sync_playwright

from warehouse.report.write import Report, write_report

pytestmark = pytest.mark.surfaces

_OPTIONS = ["--no-sandbox", "--disable-gpu"]
_SCREENS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def report(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return write_report(served.warehouse, tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path="/usr/bin/chromium", args=_OPTIONS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, report: Report) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.goto(report.file.as_uri())
    yield opened
    opened.close()


@pytest.mark.parametrize(("width", "scheme"), _SCREENS)
def test_every_screen(browser: Browser, report: Report, tmp_path: Path, width: int, scheme: str) -> None:
    opened = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    told: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: told.append(message.text))
    opened.on("pageerror", lambda error: told.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(report.file.as_uri())
    opened.wait_for_timeout(300)
    folder = Path(os.environ.get("OTLP_TEST_SCREENSHOTS", tmp_path))
    opened.screenshot(path=folder / f"report-{width}-{scheme}.png", full_page=True)
    assert told == []
    assert [url for url in asked if not url.startswith("data:")] == [report.file.as_uri()]
    assert opened.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
    shown = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert shown == ("rgb(251, 251, 249)" if scheme == "light" else "rgb(16, 19, 23)")
    violations = Axe().run(opened).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in violations] == []
    opened.close()


def test_the_keyboard_suffices(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    links = page.locator("nav a").count()
    for _ in range(links):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#quality")
    summary = page.locator("#map ~ details summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#call-table").is_visible()
    frame = page.locator(".graph-frame")
    frame.focus()
    assert page.evaluate("document.activeElement.className") == "graph-frame"


def test_it_prints(page: Page, tmp_path: Path) -> None:
    page.pdf(path=tmp_path / "report.pdf", format="A4", prefer_css_page_size=True)
    pages = (tmp_path / "report.pdf").read_bytes().count(b"/Type /Page\n")
    assert 2 <= pages <= 16


def test_the_incident_stands_out(served: Served, report: Report, page: Page) -> None:
    first = report.figures.failing[0]
    assert first["from_at"] < served.ended_at and first["to_at"] > served.began_at
    assert first["from_at"] >= served.began_at - dt.timedelta(hours=1)
    told = page.locator(".stands-out").first.inner_text()
    assert "catalog failed" in told and "19 Nov" in told
    assert "catalog" in {row["service_name"] for row in report.figures.slowing}


def test_the_picture_of_the_readme(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 1200, "height": 1000})
    page.evaluate("document.querySelector('#map').scrollIntoView()")
    picture = page.context.new_cdp_session(page).send(
        "Page.captureScreenshot", {"format": "webp", "quality": 60}
    )
    folder = Path(os.environ.get("OTLP_TEST_PICTURES", tmp_path))
    (folder / "report.webp").write_bytes(base64.b64decode(picture["data"]))
    assert 10_000 < (folder / "report.webp").stat().st_size < 150_000
