"""Visitors of the website chat under Locust: each says something every few seconds.

    .venv-load/bin/python -m benchmarks.load_visitors URL --visitors 200 --every 5 --seconds 300

Run by benchmarks/load.py in an environment of its own (benchmarks/load.lock), because Locust brings
gevent. It makes python-socketio's threads greenlets, which is how both are meant to be used.
Writes what every message met, as JSON, to standard output.
"""

from __future__ import annotations

import locust  # first: it prepares the standard library for gevent

# isort: split
import argparse
import itertools
import json
import os
import random
import sys
import time
import uuid
from dataclasses import asdict, dataclass
from typing import Any

import gevent
import gevent.event
import socketio
from locust.env import Environment

PATH = "/webhooks/website/socket.io"
ANSWER_TIMEOUT_S = 30
COME_PER_S = 50  # visitors, at the beginning
TRIES = 20  # of one message that the server was too busy for
SCRIPTS = (  # what visitors talk about, one script each, over and over
    ("what is the difference between MTP and MPO?", "compare their insertion loss",
     "is MTP compatible with MPO?", "what is polarity type B?"),
    ("help me choose a connector", "400G", "no rework", "very sensitive to loss",
     "performance first", "OM4", "{n} m", "start over"),
    ("show me 12 fiber OM4 trunks of {n} m", "do you have MPO-24 patch cords?",
     "female OM3 trunk {n} m", "MTP cassettes with LC", "single-mode MTP trunk {n} m in stock"),
    ("does a 100GBASE-SR4 link over {n} m OM4 with 2 MTP connections work?",
     "link budget for 400G-DR4 over {n} m OS2 with 4 connections", "and with 2 splices?",
     "how far does 100G go on OM3?"),
    ("hello", "how much does an MTP trunk of {n} m cost?", "what does the weather say",
     "thanks", "bye"),
)  # fmt: skip
OPENINGS = ("", "", "ok, ", "hi, ", "please, ", "one more: ", "and ", "so ")
ENDINGS = ("", "", "?", " please", " thanks", " ...", " for us", " in our lab")
MESSAGES: list[Message] = []
DELAYS_MS: list[float] = []  # by which this program itself was late: its own share of each figure


@dataclass
class Message:
    """What one message met. `ms` counts from its first sending to its answer."""

    at: float  # Unix time
    ms: float
    outcome: str  # ok, lost, or the code of a refusal
    refusals: int  # times that the server was too busy, before


class Visitor(locust.User):
    """One browser tab."""

    every_s = 5.0
    host = ""
    begun = 0  # messages, of all visitors
    is_over = False  # nobody begins another message
    _numbers = itertools.count()

    def wait_time(self) -> float:
        """Keeps the pace whatever an answer took."""
        self._due += self.every_s
        return max(0.0, self._due - time.monotonic())

    def on_start(self) -> None:
        self._due = time.monotonic() + random.uniform(0, self.every_s)  # noqa: S311  not at once
        script = SCRIPTS[next(self._numbers) % len(SCRIPTS)]
        self._texts = itertools.cycle(script)
        self._token, self._has_session = "", gevent.event.Event()
        self._client = socketio.Client(reconnection_delay=0.5, reconnection_delay_max=4)
        self._client.on("session_confirm", self._confirmed)
        self._client.on("connect", self._ask_for_session)
        self._client.connect(
            self.host, socketio_path=PATH, transports=["websocket"], wait_timeout=20, retry=True
        )
        self._has_session.wait()
        gevent.sleep(max(0.0, self._due - time.monotonic()))

    def _next_text(self) -> str:
        """Worded in many ways, so that no answer of the encoder's memory is counted as work."""
        text = next(self._texts).format(n=random.randint(2, 400))  # noqa: S311
        return f"{random.choice(OPENINGS)}{text}{random.choice(ENDINGS)}"  # noqa: S311

    def _ask_for_session(self) -> None:
        known = {"session_id": self._token} if self._token else {}
        self._client.emit("session_request", {"protocol": 1, "last_seen": 10**6, **known})

    def _confirmed(self, session: dict[str, Any]) -> None:
        self._token = session["session_id"]
        self._has_session.set()

    @locust.task
    def say(self) -> None:
        """One message, sent again under its id until it is answered."""
        if Visitor.is_over:
            gevent.sleep(ANSWER_TIMEOUT_S)
            return
        Visitor.begun += 1
        began, at, refusals = time.monotonic(), time.time(), 0
        data = {"message": self._next_text(), "message_id": uuid.uuid4().hex}
        outcome = "lost"
        for _ in range(TRIES):
            ack = self._send(data)
            outcome = "ok" if ack.get("status") == "ok" else str(ack.get("code"))
            if outcome not in ("busy", "no_answer"):
                break
            refusals += 1
            gevent.sleep(float(ack.get("retry_after") or 1))
        MESSAGES.append(Message(at, (time.monotonic() - began) * 1_000, outcome, refusals))

    def _send(self, data: dict[str, Any]) -> dict[str, Any]:
        try:
            event = {**data, "session_id": self._token}
            return dict(self._client.call("user_uttered", event, timeout=ANSWER_TIMEOUT_S))
        except (socketio.exceptions.SocketIOError, AttributeError):
            return {"status": "refused", "code": "no_answer"}


def watch_itself() -> None:
    """How late this program's own timers are: what it adds to each figure at most."""
    while True:
        began = time.monotonic()
        gevent.sleep(0.02)
        DELAYS_MS.append((time.monotonic() - began - 0.02) * 1_000)


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("url")
    reader.add_argument("--visitors", type=int, default=200)
    reader.add_argument("--every", type=float, default=5.0, help="seconds between two messages")
    reader.add_argument("--seconds", type=float, default=300.0)
    asked = reader.parse_args()
    Visitor.host, Visitor.every_s = asked.url, asked.every
    random.seed(7)
    runner = Environment(user_classes=[Visitor]).create_local_runner()
    runner.start(asked.visitors, spawn_rate=min(asked.visitors, COME_PER_S))
    gevent.spawn(watch_itself)
    gevent.sleep(asked.visitors / COME_PER_S + asked.every)  # until all have come and spoken
    warm_at = time.time()
    gevent.sleep(asked.seconds)
    Visitor.is_over = True
    with gevent.Timeout(ANSWER_TIMEOUT_S, False):
        while len(MESSAGES) < Visitor.begun:
            gevent.sleep(0.05)
    found = [asdict(message) for message in MESSAGES if message.at >= warm_at]
    lost = Visitor.begun - len(MESSAGES)
    json.dump({"messages": found, "unanswered": lost, "delays_ms": DELAYS_MS}, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # as tabs are closed: Socket.IO's reconnecting greenlets outlive Locust's quit


if __name__ == "__main__":
    main()
