"""Who asks too much is told so, and can go on later."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import socketio

from tests.integration.server import Server
from tests.integration.website.visitor import PREFIX, Visitor, visit

HALLWAY = "198.51.100.7"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, web: Path) -> Iterator[Server]:
    """A server with low limits, behind a trusted proxy (this machine), with a secret of its own."""
    folder = tmp_path_factory.mktemp("strict")
    encoder = os.environ.get("ENCODER_DIR") or str(Path.cwd() / "var" / "encoder")
    settings = {
        "VAR_DIR": str(folder / "var"),
        "ENCODER_DIR": encoder,
        "WEB_DIR": str(web),
        "TRUSTED_PROXIES": "127.0.0.0/8",
        "MESSAGE_BURST": "3",
        "MESSAGES_PER_MINUTE": "60",
        "SESSIONS_PER_HOUR": "2",
        "CONNECTIONS_PER_ADDRESS": "3",
    }
    server = Server(folder, settings).start()
    yield server
    server.stop()


def test_too_many_messages_are_told_so_and_go_on_later(strict: Server) -> None:
    async def scenario(ana: Visitor) -> None:
        await ana.connect(X_Forwarded_For="203.0.113.1")
        await ana.request_session()
        acks = [await ana.say("hello", f"m{n}") for n in range(6)]

        refused = [ack for ack in acks if ack["status"] == "refused"]
        assert refused
        assert refused[0]["code"] == "too_many_messages"
        assert "wait a moment" in refused[0]["text"]
        assert ana.heard("notice") == []  # the acknowledgement has said it
        await asyncio.sleep(1.5)
        assert (await ana.say("hello", "m9"))["status"] == "ok"

    visit(strict, scenario)


def test_too_many_new_chats_from_one_address_are_told_so(strict: Server) -> None:
    async def scenario(ana: Visitor, other: Visitor) -> None:
        await ana.connect(X_Forwarded_For=f"10.9.9.9, {HALLWAY}, 127.0.0.2")
        first = (await ana.request_session())["session_id"]
        await ana.request_session()

        ack = await ana.send("session_request", {"protocol": 1})
        assert ack["code"] == "too_many_sessions"
        assert "(408) 796-7735" in ack["text"]
        assert ana.heard("notice") == [{"code": ack["code"], "text": ack["text"]}]
        assert (await ana.send("restart", {"session_id": first}))["code"] == "too_many_sessions"
        assert (await ana.request_session(first))["session_id"] == first  # a known one goes on

        await other.connect(X_Forwarded_For="203.0.113.9")
        assert await other.request_session()

    visit(strict, scenario, tabs=2)


def test_too_many_connections_from_one_address_are_told_so(strict: Server) -> None:
    async def scenario(*tabs: Visitor) -> None:
        for tab in tabs[:3]:
            await tab.connect(X_Forwarded_For="203.0.113.77")
        with pytest.raises(socketio.exceptions.ConnectionError):
            await tabs[3].connect(X_Forwarded_For="203.0.113.77")
        [told] = tabs[3].heard("connect_error")
        assert "Too many chat windows" in told["message"]
        await tabs[0].leave()
        await tabs[3].leave()
        await asyncio.sleep(0.2)
        await tabs[4].connect(X_Forwarded_For="203.0.113.77")

        assert tabs[4].socket.connected

    visit(strict, scenario, tabs=5)


def test_raw_connections_without_a_chat_are_bounded_too(strict: Server) -> None:
    url = f"http://127.0.0.1:{strict.port}{PREFIX}/socket.io/?EIO=4&transport=polling"
    headers = {"X-Forwarded-For": "203.0.113.88"}
    codes = [requests.get(url, headers=headers, timeout=10).status_code for _ in range(30)]

    assert codes[:20] == [200] * 20
    assert codes[-1] == 401


def test_a_flood_of_any_event_is_refused(strict: Server) -> None:
    async def scenario(rude: Visitor) -> None:
        await rude.connect(X_Forwarded_For="203.0.113.99")
        acks = await asyncio.gather(*(rude.send("feedback", {}) for _ in range(100)))

        assert {ack["code"] for ack in acks} == {"bad_request", "too_many_messages"}

    visit(strict, scenario)


def test_a_blank_allowlist_means_our_own_host_only(strict: Server) -> None:
    url = f"http://127.0.0.1:{strict.port}{PREFIX}/socket.io/?EIO=4&transport=polling"

    def status(origin: str, host: str) -> int:
        headers = {"Origin": origin, "Host": host, "X-Forwarded-For": "203.0.113.5"}
        return requests.get(url, headers=headers, timeout=10).status_code

    assert status("https://chat.example.com", "chat.example.com") == 200
    assert status("http://chat.example.com", "chat.example.com") == 200
    assert status("https://www.example.com", "chat.example.com") == 400


def test_without_a_secret_one_is_kept_for_its_owner_only(strict: Server) -> None:
    file = strict.folder / "var" / "website.secret"

    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text()) >= 32
    assert "website.secret_made" in strict.log
    assert file.read_text() not in strict.log


def test_a_short_secret_is_refused_with_the_way_out() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        env={**os.environ, "WEBSITE_SECRET": "hunter2", "ALLOWED_ORIGINS": "example.com"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "at least 32" in " ".join(done.stderr.split())
    assert "ALLOWED_ORIGINS" in done.stderr
    assert "hunter2" not in done.stderr
