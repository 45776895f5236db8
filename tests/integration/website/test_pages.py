"""What the website serves over plain HTTP, to whom, and with which headers."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest
import requests

from tests.integration.server import Server
from tests.integration.website.conftest import SHOP
from tests.integration.website.visitor import PREFIX, Visitor, visit


def get(server: Server, path: str, **headers: str) -> requests.Response:
    url = f"http://127.0.0.1:{server.port}{PREFIX}{path}"
    return requests.get(url, headers=headers, timeout=10)


def test_the_widget_is_served_for_a_short_time_and_hashed_files_for_ever(server: Server) -> None:
    widget, panel = get(server, "/widget.js"), get(server, "/assets/panel-4f3a2b1c.js")
    style = get(server, "/assets/panel-4f3a2b1c.css")

    assert widget.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert widget.headers["Cache-Control"] == "public, max-age=300"
    assert widget.headers["Content-Encoding"] == "gzip"
    assert "export const widget" in widget.text
    assert "immutable" in panel.headers["Cache-Control"]
    assert style.headers["Content-Type"].startswith("text/css")


def test_an_unchanged_file_is_not_sent_again(server: Server) -> None:
    first = get(server, "/widget.js")
    again = get(server, "/widget.js", **{"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")


def test_without_gzip_the_file_comes_plain(server: Server) -> None:
    plain = get(server, "/widget.js", **{"Accept-Encoding": "identity"})

    assert "Content-Encoding" not in plain.headers
    assert plain.text.startswith("export")


def test_head_has_the_headers_only(server: Server) -> None:
    url = f"http://127.0.0.1:{server.port}{PREFIX}/widget.js"
    head = requests.head(url, timeout=10)

    assert head.status_code == 200
    assert head.content == b""


@pytest.mark.parametrize(
    "path",
    ["/assets/", "/assets/missing.js", "/assets/../widget.js", "/assets/../../package.json",
     "/assets/..%2f..%2fpackage.json", "/assets/%2e%2e/%2e%2e/package.json", "/assets/.hidden.js",
     "/assets/notes.txt", "/assets/link.js", "/assets//etc/passwd", "/assets/%00.js",
     "/assets/panel-4f3a2b1c.js%00.css", "/assets/..\\widget.js", "/assets/sub/panel.js",
     "/package.json", "/dist/widget.js", "/../rest/webhook%2f", "/assets/%c0%ae%c0%ae/x.js"],
)  # fmt: skip
def test_nothing_but_built_files_comes_out(server: Server, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", PREFIX + path)  # as it is: requests would tidy the path
    answer = connection.getresponse()

    assert answer.status in (404, 405)
    assert b"{}" not in answer.read()


def test_the_demo_page_may_be_framed_by_the_allowed_sites_only(server: Server) -> None:
    page = get(server, "/demo")
    policy = page.headers["Content-Security-Policy"]

    assert page.headers["Content-Type"].startswith("text/html")
    assert f"frame-ancestors 'self' {SHOP}" in policy
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"]
    assert "microphone=()" in page.headers["Permissions-Policy"]


@pytest.mark.parametrize("path", ["/widget.js", "/assets/panel-4f3a2b1c.js"])
def test_an_allowed_site_may_load_the_widget_as_a_module(server: Server, path: str) -> None:
    allowed = get(server, path, Origin=SHOP)
    own = get(server, path, Origin=f"https://127.0.0.1:{server.port}")
    other = get(server, path, Origin="https://evil.example")

    assert allowed.headers["Access-Control-Allow-Origin"] == SHOP
    assert own.headers["Access-Control-Allow-Origin"].startswith("https://127.0.0.1")
    assert "Access-Control-Allow-Origin" not in other.headers
    assert "Origin" in other.headers["Vary"]
    assert allowed.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        (SHOP, True),
        ("http://127.0.0.1:{port}", True),
        ("https://127.0.0.1:{port}", True),  # behind a proxy that speaks TLS
        (SHOP.replace("https", "http"), False),
        (f"{SHOP}.evil.example", False),
        ("https://evil.example", False),
        ("http://127.0.0.1:1", False),
        ("http://127.0.0.1", False),
        ("null", False),
        ("file://", False),
        ("http://[", False),
    ],
)
def test_only_allowed_sites_and_our_own_host_may_chat(
    server: Server, origin: str, is_allowed: bool
) -> None:
    origin = origin.format(port=server.port)
    answer = get(server, "/socket.io/?EIO=4&transport=polling", Origin=origin)

    assert answer.status_code == (200 if is_allowed else 400)
    allowed = answer.headers.get("Access-Control-Allow-Origin")
    assert allowed == (origin if is_allowed else None)
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_client_of_another_site_does_not_get_in(server: Server, transport: str) -> None:
    async def scenario(evil: Visitor, ana: Visitor) -> None:
        with pytest.raises(Exception, match=r"(?i)unexpected|connection"):
            await evil.connect(transport, Origin="https://evil.example")
        await ana.connect(transport, Origin=SHOP)
        assert (await ana.request_session())["history"] == []

    visit(server, scenario, tabs=2)


def test_health_says_alive_and_ready(server: Server) -> None:
    live, ready = get(server, "/health/live"), get(server, "/health/ready")

    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert live.headers["Cache-Control"] == "no-store"


def test_before_the_build_the_pages_say_what_to_do(server: Server, web: Path) -> None:
    built = web / "dist"
    built.rename(web / "elsewhere")
    try:
        widget, demo = get(server, "/widget.js"), get(server, "/demo")
    finally:
        (web / "elsewhere").rename(built)

    assert widget.status_code == 503
    assert "make run" in widget.text
    assert demo.status_code == 200
