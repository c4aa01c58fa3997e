"""The page: one file that loads nothing but pictures; and what it does in a browser."""

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from torch_geometric.data import HeteroData

from pygmmrec.models import LightGCN
from pygmmrec.serving import Served
from pygmmrec.serving.http import make_app
from pygmmrec.serving.http.routes.page import page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.parametrize(
    ("name", "links"),
    [("page.html", ["data:,", "docs"]), ("api.html", ["data:,", "./", "openapi.json"])],
)
def test_it_loads_nothing_from_elsewhere_and_trusts_no_text(name: str, links: list[str]) -> None:
    text, headers = page(name)
    assert re.findall(r"""(?:src|href)=["']([^"'#]*)""", text) == links
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


def test_the_api_is_described_without_a_token(shop: Served) -> None:
    with TestClient(make_app(shop, token="s3cret")) as client:
        response = client.get("/docs")
    assert response.status_code == 200
    assert response.text == page("api.html")[0]
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """The address of a server, until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def address(shop: Served, train: Callable[[Path, int], Path], tmp_path_factory) -> Iterator[str]:
    """Of a server with two bundles and a token."""
    folder = train(tmp_path_factory.mktemp("runs") / "second", 3)
    with running(make_app(shop, folder, token="s3cret")) as found:
        yield found


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


@pytest.mark.browser
def test_somebody_new_picks_items_and_sees_what_they_lead_to(browser: Any, unprepared: HeteroData) -> None:
    data = LightGCN.prepare(unprepared)
    with running(make_app(Served(LightGCN.from_data(data, seed=0), data))) as address:
        somebody_new(browser, address)


def somebody_new(browser: Any, address: str) -> None:
    """What the test does."""
    tab = browser.new_page(viewport={"width": 375, "height": 740})
    tab.set_default_timeout(10_000)
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.route("https://pictures.example/**", lambda route: route.abort())
    tab.goto(address)
    tab.get_by_role("button", name="Somebody new").click()
    choices = tab.get_by_role("list", name="Items")
    tab.get_by_label("Choose items").fill("i3")
    choices.get_by_role("button", name="(i3)").click()
    cards = tab.locator("#lists ol > li")
    cards.first.wait_for()
    assert "Title <b>3</b>" not in tab.locator("#lists").inner_text()  # what somebody has is left out
    assert tab.locator("#lists").get_by_role("button", name="Why").count() == 0
    tab.get_by_label("Choose items").fill("i5")
    choices.get_by_role("button", name="(i5)").click()
    tab.locator("#history li").nth(1).wait_for()
    assert tab.url.endswith("#items=%5B%22i3%22%2C%22i5%22%5D")
    tab.reload()
    tab.locator("#history li").nth(1).wait_for()
    cards.first.wait_for()
    tab.get_by_role("button", name="Take Title <b>3</b> away").click()
    tab.get_by_role("button", name="Take Title <b>5</b> away").click()
    tab.get_by_text("Choose some above").wait_for()
    assert tab.locator("#history li").count() == 0
    tab.get_by_role("button", name="A user").click()
    tab.get_by_label("Choose a user").fill("104")
    tab.keyboard.press("Enter")
    cards.first.wait_for()
    assert faults == []


@pytest.mark.browser
def test_the_api_is_told_without_a_network(browser: Any, address: str) -> None:
    tab = browser.new_page()
    tab.set_default_timeout(10_000)
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{address}/docs")
    fold_in = tab.locator("details", has_text="POST /fold-in")
    fold_in.locator("summary").click()
    assert "list of integer or string" in fold_in.inner_text()
    assert tab.get_by_text("Authorization: Bearer TOKEN").is_visible()
    assert all(url.startswith(address) for url in asked)
