"""The graph of a night in Airflow's own pages, as the README shows it.

`OTLP_TEST_PICTURES=docs/images` renews the picture.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from nights import Nights
from playwright.sync_api import sync_playwright

pytestmark = pytest.mark.surfaces

_OPTIONS = ["--no-sandbox", "--disable-gpu"]
_AS_GRAPH = "localStorage.setItem('default_dag_view', JSON.stringify('graph'))"
# The small map would lie over the stages.
_PLAIN = ".react-flow__minimap, .react-flow__attribution { display: none }"
STAGES = 7


def test_the_picture_of_the_readme(nights: Nights, tmp_path: Path) -> None:
    night = nights.runs()[0][1]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=_OPTIONS)
        page = browser.new_page(viewport={"width": 1300, "height": 400})
        page.set_default_timeout(90_000)
        page.add_init_script(_AS_GRAPH)
        page.goto(f"{nights.url}/auth/login/?next={nights.url}")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", nights.password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{nights.url}/")
        page.goto(f"{nights.url}/dags/otlp_daily/runs/{night}")
        page.get_by_label("Collapse Details Panel").click()
        page.add_style_tag(content=_PLAIN)
        done = page.locator(".react-flow__node").filter(has_text="success")
        done.nth(STAGES - 1).wait_for()
        page.locator(".react-flow__controls-fitview").click()
        page.wait_for_timeout(1_500)
        assert done.count() == STAGES
        shot = page.context.new_cdp_session(page).send(
            "Page.captureScreenshot", {"format": "webp", "quality": 60}
        )
        browser.close()
    picture = Path(os.environ.get("OTLP_TEST_PICTURES", tmp_path)) / "airflow.webp"
    picture.write_bytes(base64.b64decode(shot["data"]))
    assert 5_000 < picture.stat().st_size < 100_000
