"""Computed advice as it is drawn in a real browser: to be read by everybody, at any width.

The payloads are given, so nothing is said to an assistant: what is drawn is all that counts here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import watch
from tests.browser.test_widget import WCAG, accessible, picture
from tests.integration.server import Server
from tests.payload_examples import examples, svgs

WIDTHS = (1280, 320)
SHOW = """(panel, [number, custom]) => panel.store.addBot(
  {from: 'bot', number, at: new Date().toISOString(), text: custom.title, custom})"""
DRAWN = ("fails", "wrong", "cassettes", "sixteen", "open", "unfit", "budget", "budget_over")


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=WIDTHS)
def page(browser: Browser, scheme: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that fails when it logs an error."""
    size = {"width": request.param, "height": 860}
    context = browser.new_context(color_scheme=scheme, viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    errors = watch(page)
    yield page
    context.close()
    assert errors == []


def test_every_drawing_in_the_chat_is_accessible_and_stays_in_its_box(
    page: Page, server: Server, scheme: str
) -> None:
    chat = Chat(page, server)
    chat.visit()
    chat.open()
    chat.box.press_sequentially("x")  # the code that draws comes with the first key
    panel = chat.widget.locator("fiber-chat-panel").or_(page.locator("fiber-chat-panel")).first
    payloads = examples()
    for number, name in enumerate(DRAWN, start=1):
        panel.evaluate(SHOW, [number, payloads[name]])
    expect(chat.log.get_by_role("img")).to_have_count(6)
    for words in chat.log.get_by_text("The drawing in words").all():
        words.click()

    accessible(page)
    assert chat.log.evaluate("log => log.scrollWidth - log.clientWidth") <= 0
    failing = chat.log.get_by_role("img", name="100GBASE-SR4 to 100GBASE-SR4: Does not work").first
    failing.scroll_into_view_if_needed()
    expect(failing).to_contain_text("Joint 3: ✗ fails")
    expect(chat.log.get_by_text("Joint 3").first).to_be_visible()
    picture(page, f"widget-channel-{scheme}-{page.viewport_size['width']}")  # type: ignore[index]


@pytest.mark.parametrize("name", ["works", "fails", "unfit", "budget", "budget_over"])
def test_the_drawing_for_other_clients_is_accessible(page: Page, name: str) -> None:
    svg = svgs()[name]
    page.set_content(f"<!doctype html><html lang=en><title>x</title><main><h1>x</h1>{svg}</main>")

    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    image = page.get_by_role("img")
    expect(image).to_have_accessible_name(re.compile("Channel from|Link budget"))
    outside = image.evaluate(
        """svg => [...svg.querySelectorAll('text')].filter((text) => {
          const [box, all] = [text.getBoundingClientRect(), svg.getBoundingClientRect()]
          return box.left < all.left || box.right > all.right || box.bottom > all.bottom
        }).map((text) => text.textContent)"""
    )
    assert outside == []
