"""One server for all tests of the website that need no settings of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.server import Server

SECRET = "a secret that only the tests know, long enough"
SHOP = "https://shop.example.com"
GENEROUS = {
    "MESSAGE_BURST": "500",
    "SESSIONS_PER_HOUR": "10000",
    "CONNECTIONS_PER_ADDRESS": "500",
}


@pytest.fixture(scope="package")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the widget's build leaves it, with a secret beside it."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "dist" / "assets").mkdir(parents=True)
    (folder / "demo.html").write_text("<!doctype html><title>Demo</title>" + " " * 2_000)
    (folder / "package.json").write_text("{}")
    (folder / "dist" / "widget.js").write_text("export const widget = 1\n" * 100)
    (folder / "dist" / "assets" / "panel-4f3a2b1c.js").write_text("export const panel = 1\n")
    (folder / "dist" / "assets" / "panel-4f3a2b1c.css").write_text("a{}")
    (folder / "dist" / "assets" / ".hidden.js").write_text("hidden")
    (folder / "dist" / "assets" / "notes.txt").write_text("not for the web")
    (folder / "dist" / "assets" / "link.js").symlink_to(folder / "package.json")
    return folder


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, web: Path) -> Iterator[Server]:
    settings = {
        **GENEROUS,
        "WEBSITE_SECRET": SECRET,
        "ALLOWED_ORIGINS": SHOP,
        "WEB_DIR": str(web),
    }
    server = Server(tmp_path_factory.mktemp("website"), settings).start()
    yield server
    log = server.log
    server.stop()
    assert "Traceback" not in log, log
    assert "ana.silva" not in log
