"""The chat on a page of another site, as a customer embeds it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat import Chat
from tests.browser.conftest import watch
from tests.integration.server import Server, free_port

PAGE = """<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">
<style>* {{ color: red !important; }} button {{ display: none }}</style></head>
<body><main><h1>Our shop</h1></main>
<script async src="http://127.0.0.1:{port}/webhooks/website/widget.js"
 data-title="Cable helper" data-position="left" data-color="#ffd400"></script></body></html>"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """The test's own output is enough."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A customer's site: its port and its folder."""
    folder = tmp_path_factory.mktemp("shop")
    site = ThreadingHTTPServer(("127.0.0.1", free_port()), partial(Quiet, directory=folder))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield site.server_port, folder
    site.shutdown()


@pytest.mark.parametrize("is_allowed", [True, False])
def test_only_a_site_on_the_list_can_embed_the_chat(
    browser: Browser, shop: tuple[int, Path], tmp_path: Path, is_allowed: bool
) -> None:
    port, folder = shop
    listed = f"http://127.0.0.1:{port}" if is_allowed else "https://www.example.com"
    server = Server(tmp_path, {"ALLOWED_ORIGINS": listed}).start()
    try:
        (folder / "index.html").write_text(PAGE.format(port=server.port))
        page = browser.new_context(viewport={"width": 1200, "height": 800}).new_page()
        errors = watch(page)
        page.goto(f"http://127.0.0.1:{port}/index.html")
        chat = Chat(page, server)
        if is_allowed:
            chat.open()
            chat.ask("what is polarity?", "transmit fiber")
            expect(chat.widget.get_by_text("Cable helper").first).to_be_visible()
            assert errors == []
        else:
            page.wait_for_timeout(1_000)
            if chat.launcher.count():
                chat.launcher.click()
            page.wait_for_timeout(2_000)
            assert chat.widget.get_by_text("transmit fiber").count() == 0
            assert any("CORS" in error or "blocked" in error for error in errors)
    finally:
        server.stop()
