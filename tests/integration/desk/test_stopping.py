"""The desk alone, told to stop: nobody who has asked something loses the answer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import Engine

from desk.auth.users import create_user
from desk.server import STOP_TIMEOUT_S as BESIDE_OTHERS_S
from sales.database import transaction
from tests.integration.desk.conftest import PASSWORD, TOKEN, Clock
from tests.integration.server import STOP_TIMEOUT_S, free_port

LONG_S = 600  # what a test would not wait for
PATIENCE_S = 60
FORM = b"csrf_token=x&email=rep%40example.com&password=x"


@dataclass
class Desk:
    """`fiberbot desk`, in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path = field(repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.address}/health", timeout=5).is_success
        return False

    def tell(self, number: signal.Signals = signal.SIGTERM) -> None:
        """The signal, and wait until nobody new is let in."""
        self.process.send_signal(number)
        until(lambda: not self.answers())

    def begin_to_ask(self) -> socket.socket:
        """A form on its way: the desk has its head, and waits for the rest."""
        asked = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        head = f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(FORM)}\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n"
        asked.sendall((head + kind).encode())
        assert b"100 Continue" in asked.recv(1_000)  # it reads the form now
        return asked


def until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.05)


@contextmanager
def desk_alone(url: str, folder: Path, shutdown_s: int) -> Iterator[Desk]:
    port, log = free_port(), folder / "desk.log"
    env = {**os.environ, "DATABASE_URL": url, "VAR_DIR": str(folder), "DESK_PORT": str(port),
           "SHUTDOWN_SECONDS": str(shutdown_s)}  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "desk"], env=env, stdout=output, stderr=output
        )
    desk = Desk(process, port, log)
    try:
        until(lambda: desk.answers() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield desk
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def signed_in(engine: Engine, clock: Clock) -> Callable[[Desk], httpx.Client]:
    """A browser in which a rep is signed in."""
    with transaction(engine) as session:
        create_user(session, "rep@example.com", "Rep Example", "rep", PASSWORD, clock())

    def sign_in(desk: Desk) -> httpx.Client:
        client = browsing(desk)
        form = {"csrf_token": token(client), "email": "rep@example.com", "password": PASSWORD}
        assert client.post("/sign-in", data=form).status_code == 303
        return client

    return sign_in


def browsing(desk: Desk) -> httpx.Client:
    return httpx.Client(base_url=desk.address, timeout=PATIENCE_S)


def token(client: httpx.Client) -> str:
    found = TOKEN.search(client.get("/sign-in").text)
    assert found
    return found[1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_request_in_hand_is_answered_and_a_live_page_holds_nothing_up(
    database_url: str, tmp_path: Path, signed_in: Callable[[Desk], httpx.Client]
) -> None:
    with desk_alone(database_url, tmp_path, LONG_S) as desk, closing(signed_in(desk)) as client:
        with client.stream("GET", "/events/inbox") as stream, desk.begin_to_ask() as asked:
            lines = stream.iter_lines()
            next(lines)
            desk.tell()
            assert all("Traceback" not in line for line in lines)  # to its end
            time.sleep(BESIDE_OTHERS_S + 1)  # the bound is SHUTDOWN_SECONDS here
            asked.sendall(FORM)
            assert asked.recv(100).startswith(b"HTTP/1.1 ")
        assert desk.process.wait(timeout=STOP_TIMEOUT_S) == 0
    assert "Traceback" not in desk.log.read_text()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(
    database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    with desk_alone(database_url, tmp_path, LONG_S) as desk, desk.begin_to_ask():
        desk.tell(number)
        assert desk.process.poll() is None
        desk.process.send_signal(number)
        assert desk.process.wait(timeout=STOP_TIMEOUT_S) == 128 + number


def test_what_hangs_in_the_database_holds_it_up_no_longer_than_the_bound(
    database_url: str, engine: Engine, tmp_path: Path, signed_in: Callable[[Desk], httpx.Client]
) -> None:
    with (
        desk_alone(database_url, tmp_path, 1) as desk,
        httpx.Client(base_url=desk.address) as client,
    ):
        form = {"csrf_token": token(client), "email": "rep@example.com", "password": "wrong"}
        with engine.connect() as other:
            lock = (
                "LOCK TABLE sign_in_failures" if engine.name == "postgresql" else "BEGIN IMMEDIATE"
            )
            other.exec_driver_sql(lock)

            def ask() -> None:
                with suppress(httpx.HTTPError):
                    client.post("/sign-in", data=form, timeout=PATIENCE_S)

            asking = threading.Thread(target=ask)
            asking.start()
            time.sleep(1)  # by then it waits in the database; earlier, and the end is only easier
            desk.tell()
            assert desk.process.wait(timeout=STOP_TIMEOUT_S) == 0
            asking.join(PATIENCE_S)
    assert "desk.cut_off: requests=1" in desk.log.read_text()
