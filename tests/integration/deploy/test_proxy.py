"""deploy/haproxy.cfg in a real HAProxy, with servers behind it that tell what reached them."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.integration.deploy.names import DEPLOY
from tests.integration.server import free_port

CHAT, DESK = "chat.example.com", "desk.example.com"
START_TIMEOUT_S = 20
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455, section 1.3


class Told(BaseHTTPRequestHandler):
    """Answers with who it is and what it was asked; a WebSocket says back what it hears."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.headers.get("Upgrade") == "websocket":
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept", ACCEPT)
            self.end_headers()
            self.wfile.write(self.rfile.readline())
            return
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = {"server": self.server.server_port, "path": self.path, **headers}
        body = json.dumps(told).encode()
        self.send_response(200 if self.path != "/ready" or self.server.is_ready else 503)  # type: ignore[attr-defined]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  the library's name

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Behind(ThreadingHTTPServer):
    """An assistant, or the desk, as the proxy sees it."""

    daemon_threads = True
    is_ready = True


@dataclass
class Proxy:
    """A running HAProxy and who is behind it."""

    http: int
    https: int
    assistants: list[Behind]
    certificate: Path

    def ask(self, path: str, host: str = CHAT, **options: Any) -> requests.Response:
        headers = {"Host": host, **options.pop("headers", {})}
        method = options.pop("method", "GET")
        url = f"https://127.0.0.1:{self.https}{path}"
        return requests.request(
            method,
            url,
            headers=headers,
            verify=self.certificate,
            timeout=10,
            allow_redirects=False,
            **options,
        )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={CHAT}",
             "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", str(folder / "key.pem"), "-out", str(folder / "chain.pem"))  # fmt: skip
    openssl = shutil.which("openssl")
    assert openssl, "Debian: apt-get install openssl"
    subprocess.run([openssl, *words], check=True, capture_output=True)
    both = folder / "tls.pem"
    both.write_text((folder / "chain.pem").read_text() + (folder / "key.pem").read_text())
    return both


@pytest.fixture(scope="module")
def haproxy() -> str:
    done = subprocess.run([DEPLOY / "haproxy.sh"], capture_output=True, text=True, timeout=300)
    if done.returncode != 0 and "CI" not in os.environ:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def proxy(
    haproxy: str, certificate: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    servers = [Behind(("127.0.0.1", 0), Told) for _ in range(3)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    found = Proxy(free_port(), free_port(), servers[:2], certificate)
    file = tmp_path_factory.mktemp("proxy") / "haproxy.cfg"
    file.write_text(_here((DEPLOY / "haproxy.cfg").read_text(), found, servers[2], certificate))
    env = {**os.environ, "CHAT_NAME": CHAT, "DESK_NAME": DESK}
    with (file.parent / "log").open("wb") as log:
        process = subprocess.Popen([haproxy, "-db", "-f", file], env=env, stdout=log, stderr=log)
    try:
        _wait(found, process, file.parent / "log")
        yield found
    finally:
        process.kill()
        process.wait()
        for server in servers:
            server.shutdown()
            server.server_close()


def _here(text: str, proxy: Proxy, desk: Behind, certificate: Path) -> str:
    """The configuration with this machine's ports, and addresses where containers have names."""
    lines = "\n".join(
        f"    server a{n} 127.0.0.1:{one.server_port} check"
        for n, one in enumerate(proxy.assistants)
    )
    changes = (
        (r"bind :80\b", f"bind 127.0.0.1:{proxy.http}"),
        (r"bind :443\b", f"bind 127.0.0.1:{proxy.https}"),
        (r"bind 127\.0\.0\.1:8404", f"bind 127.0.0.1:{free_port()}"),
        (r"/run/secrets/tls\.pem", str(certificate)),
        (r" +server-template .*", lines),
        (r"server desk desk:5006 (.*) resolvers docker init-addr none",
         rf"server desk 127.0.0.1:{desk.server_port} \1"),
        (r"inter 2s", "inter 100ms"),
        (r"(?ms)^# Names of containers.*?(?=^frontend)", ""),
    )  # fmt: skip
    for pattern, replacement in changes:
        text, count = re.subn(pattern, lambda found, r=replacement: found.expand(r), text)  # type: ignore[misc]
        assert count == 1, pattern
    return text


def _wait(proxy: Proxy, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + START_TIMEOUT_S
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < give_up, log.read_text()
        try:
            if proxy.ask("/webhooks/website/").ok and proxy.ask("/", DESK).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)


def test_the_configuration_is_valid_as_it_is(
    haproxy: str, certificate: Path, tmp_path: Path
) -> None:
    file = tmp_path / "haproxy.cfg"
    text = (DEPLOY / "haproxy.cfg").read_text()
    file.write_text(text.replace("/run/secrets/tls.pem", str(certificate)))
    env = {**os.environ, "CHAT_NAME": CHAT, "DESK_NAME": DESK}
    done = subprocess.run([haproxy, "-c", "-f", file], env=env, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


def test_what_a_client_says_about_its_address_does_not_get_through(proxy: Proxy) -> None:
    lies = {"X-Forwarded-For": "10.9.9.9", "Forwarded": "for=10.9.9.9"}
    told = proxy.ask("/webhooks/website/", headers=lies).json()

    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "https"
    assert "10.9.9.9" not in json.dumps(told)


def test_one_visitor_meets_one_process_until_it_is_not_ready(proxy: Proxy) -> None:
    met = {proxy.ask(f"/webhooks/website/{n}").json()["server"] for n in range(12)}
    assert len(met) == 1

    (stopping,) = (one for one in proxy.assistants if one.server_port in met)
    stopping.is_ready = False
    give_up = time.monotonic() + START_TIMEOUT_S
    while proxy.ask("/webhooks/website/").json()["server"] in met:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    stopping.is_ready = True


@pytest.mark.parametrize("path", ["/metrics", "/ready", "/health", "/", "/webhooks"])
def test_health_and_metrics_are_for_the_inside(proxy: Proxy, path: str) -> None:
    assert proxy.ask(path).status_code == 404


def test_unknown_names_are_answered_by_nobody(proxy: Proxy) -> None:
    assert proxy.ask("/webhooks/website/", host="other.example.com").status_code == 404


def test_the_desk_has_a_name_of_its_own(proxy: Proxy) -> None:
    assert proxy.ask("/inbox", host=DESK).json()["host"] == DESK


def test_plain_http_leads_to_https(proxy: Proxy) -> None:
    url = f"http://127.0.0.1:{proxy.http}/webhooks/website/widget.js"
    answer = requests.get(url, headers={"Host": CHAT}, timeout=10, allow_redirects=False)

    assert answer.status_code == 308
    assert answer.headers["Location"] == f"https://{CHAT}/webhooks/website/widget.js"


@pytest.mark.parametrize(
    ("host", "path", "largest"),
    [
        (CHAT, "/webhooks/slack/webhook", 1_200_000),
        (DESK, "/leads/1/note", 300_000),
        (DESK, "/catalog/import", 100_200_000),
    ],
)
def test_what_is_too_large_is_refused_at_the_door(
    proxy: Proxy, host: str, path: str, largest: int
) -> None:
    accepted = proxy.ask(path, host=host, method="POST", data=b"x" * min(largest, 400_000))
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {largest + 1}\r\n\r\n"

    assert accepted.status_code == 200
    assert _heard(proxy, head, b"\r\n").startswith(b"HTTP/1.1 413")


def test_a_websocket_gets_through(proxy: Proxy) -> None:
    heard = _heard(
        proxy,
        f"GET /webhooks/website/socket.io/?transport=websocket HTTP/1.1\r\nHost: {CHAT}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\n\r\nhello\n",
        b"hello\n",
    )

    assert heard.startswith(b"HTTP/1.1 101")


def _heard(proxy: Proxy, said: str, last: bytes) -> bytes:
    """What comes back over TLS, until `last` is in it."""
    context = ssl.create_default_context(cafile=proxy.certificate)
    heard = b""
    with (
        socket.create_connection(("127.0.0.1", proxy.https), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as wire,
    ):
        wire.sendall(said.encode())
        while last not in heard and (more := wire.recv(4_096)):
            heard += more
    assert last in heard
    return heard
