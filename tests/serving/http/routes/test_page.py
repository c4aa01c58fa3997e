"""The page: one file that loads nothing but pictures; and what it does in a browser."""

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from pygmmrec.serving import Served
from pygmmrec.serving.http import make_app
from pygmmrec.serving.http.routes.page import page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def test_it_loads_nothing_from_elsewhere_and_trusts_no_text() -> None:
    text, headers = page()
    assert re.findall(r"""(?:src|href)=["']([^"'#]*)""", text) == ["data:,", "docs"]
    assert "url(" not in text
    assert "innerHTML" not in text
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.count("sha256-") == text.count("<script") == 1


def test_it_is_there_without_a_token(shop: Served) -> None:
    with TestClient(make_app(shop, token="s3cret")) as client:
        response = client.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert response.text == page()[0]


@pytest.fixture(scope="module")
def address(shop: Served, train: Callable[[Path, int], Path], tmp_path_factory) -> Iterator[str]:
    """Of a server with two bundles and a token."""
    folder = train(tmp_path_factory.mktemp("runs") / "second", 3)
    config = uvicorn.Config(make_app(shop, folder, token="s3cret"), port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.browser
def test_a_phone_shows_history_recommendations_reasons_and_two_bundles(browser: Any, address: str) -> None:
    tab = browser.new_page(viewport={"width": 375, "height": 740})
    tab.set_default_timeout(10_000)
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.route("https://pictures.example/**", lambda route: route.abort())
    tab.goto(address)
    tab.get_by_label("This server asks for a token").fill("s3cret")
    tab.get_by_role("button", name="Go on").click()
    tab.get_by_label("Choose a user").fill("103")
    tab.get_by_role("list", name="Users").get_by_role("button", name="103").click()
    cards = tab.locator("#lists ol > li")
    cards.first.wait_for()
    assert tab.locator("#history li").count() > 0
    assert "Title <b>" in cards.first.inner_text()  # a title is text, also where it looks like markup
    assert tab.locator("#lists b b").count() == 0
    cards.first.get_by_role("button", name="Why").click()
    cards.first.locator(".part").first.wait_for()
    assert "by what the user is made of" in cards.first.inner_text()
    cards.first.get_by_role("button", name="Similar").click()
    cards.first.locator(".strip li").first.wait_for()
    assert cards.first.locator(".part").count() == 0
    edge = cards.first.bounding_box()
    assert edge["x"] + edge["width"] <= 375  # a long strip scrolls inside its card
    tab.get_by_role("button", name="Two bundles side by side").click()
    tab.locator("#lists h3").nth(1).wait_for()
    assert tab.locator("#lists h3").all_inner_texts() == ["VBPR", "second"]
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.url.endswith("#user=103&both=1")
    tab.reload()
    tab.locator("#lists h3").nth(1).wait_for()
    assert faults == []


@pytest.mark.browser
def test_a_wrong_user_is_said_and_enter_takes_the_first(browser: Any, address: str) -> None:
    context = browser.new_context(color_scheme="dark", viewport={"width": 1200, "height": 800})
    tab = context.new_page()
    tab.set_default_timeout(10_000)
    tab.add_init_script("sessionStorage.setItem('token', 's3cret')")
    tab.goto(f"{address}/#user=7")
    tab.get_by_role("alert").wait_for()
    assert "No user has the id" in tab.get_by_role("alert").inner_text()
    tab.get_by_label("Choose a user").fill("105")
    tab.keyboard.press("Enter")
    tab.locator("#lists ol > li").first.wait_for()
    assert tab.locator("#who").inner_text() == "105"
    context.close()
