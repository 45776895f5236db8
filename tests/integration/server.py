"""The assistant as its user starts it: a process of its own on a free port."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any, ClassVar

import requests

START_TIMEOUT_S = 300  # three at once on a busy machine take their time
STOP_TIMEOUT_S = 30


# Below those that the system hands to connections (32768 and more on Linux): between the choice
# and the server's start, or while it is down, nobody gets one of these by chance.
FIRST_PORT, PORTS = 10_000, 22_000
SEARCH_FROM = random.randrange(PORTS)  # noqa: S311 - other test runs search from elsewhere
_tries = count(SEARCH_FROM)


def free_port() -> int:
    """One that nobody listens on, and that this process has not chosen before."""
    for tried in islice(_tries, PORTS):
        port = FIRST_PORT + tried % PORTS
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


@dataclass
class Server:
    """`fiberbot run` with its own database and port. What it prints is in `log`."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    desk_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    python: str = sys.executable
    program: ClassVar[tuple[str, ...]] = ("-m", "bot")  # what is started, with `run` after it

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def start(self) -> Server:
        env = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{self.folder / 'server.db'}",
            "PORT": str(self.port),
            "DESK_PORT": str(self.desk_port),
            **self.settings,
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.python, *self.program, "run"], env=env, stdout=log, stderr=log
            )
        give_up = time.monotonic() + START_TIMEOUT_S
        while not self.answers():
            assert self.process.poll() is None, f"the server ended:\n{self.log}"
            assert time.monotonic() < give_up, f"the server did not start:\n{self.log}"
            time.sleep(0.1)
        return self

    def answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/webhooks/rest/", timeout=1).ok
        except requests.RequestException:
            return False

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=STOP_TIMEOUT_S)

    def post(self, body: Any = None, **kwargs: Any) -> requests.Response:
        url = f"http://127.0.0.1:{self.port}/webhooks/rest/webhook"
        return requests.post(url, json=body, timeout=60, **kwargs)

    def say(self, text: str, sender: str | None = None) -> list[dict[str, Any]]:
        body = {"message": text, **({"sender": sender} if sender else {})}
        answer = self.post(body)
        assert answer.status_code == 200, answer.text
        replies: list[dict[str, Any]] = answer.json()
        return replies


def texts(replies: list[dict[str, Any]]) -> str:
    return "\n".join(reply.get("text", "") for reply in replies)
