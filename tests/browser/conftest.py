"""A really trained assistant, its demo page, and a real Chromium."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from sales.settings import PROJECT
from tests.browser.chat import Chat
from tests.integration.server import Server

# A browser on a closed network: it may look for nothing by itself.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")  # Playwright's event loop would block that of other tests
def browser() -> Iterator[Browser]:
    path = subprocess.check_output([str(PROJECT / "deploy" / "chromium.sh")], text=True).strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Builds the widget and trains first, when they are not current."""
    server = Server(tmp_path_factory.mktemp("browser")).start()
    yield server
    if server.process and server.process.poll() is None:
        server.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    yield context
    context.close()


@pytest.fixture
def chat(context: BrowserContext, server: Server) -> Iterator[Chat]:
    """The demo page in a fresh browser profile; fails when the page logs an error."""
    page = context.new_page()
    errors = watch(page)
    chat = Chat(page, server)
    chat.visit()
    yield chat
    assert errors == []


def watch(page: Page) -> list[str]:
    """Errors that the page logs; a connection refused while the server is down is none."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "ERR_CONNECTION" not in message.text:
            errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors
