"""The two assistants as their users start them, each on free ports of this machine."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks import stock
from benchmarks.errors import BenchmarkError
from sales.settings import PROJECT, Settings

START_TIMEOUT_S = 600
STOP_TIMEOUT_S = 30
TURN_TIMEOUT_S = 60
PAUSE_S = 0.02  # between two looks whether a server answers yet
# What a side is asked until it answers so: needs the model, the custom actions and the database.
# A stock model that learned little may take the question for another, so it is asked for the action
# by name as well.
QUESTION = "what's the difference between MTP and MPO?"
OUR_CHECKS = ((QUESTION, "US Conec"),)
STOCK_CHECKS = ((QUESTION, "."), ("/compare_mtp_mpo", "US Conec"))
OURS, STOCK = "ours", "stock"


def free_port() -> int:
    """A port of this machine that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Client:
    """A visitor's end of a REST channel, on one kept connection. Works for any Rasa server."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TURN_TIMEOUT_S)

    def say(self, sender: str, text: str) -> tuple[str, float]:
        """What the bot said, and the milliseconds from sending to having read it.

        Raises OSError or http.client.HTTPException when there is no answer.
        """
        body = json.dumps({"sender": sender, "message": text})
        headers = {"Content-Type": "application/json"}
        began = time.perf_counter()
        self._connection.request("POST", "/webhooks/rest/webhook", body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        took_ms = (time.perf_counter() - began) * 1_000
        if answer.status != http.HTTPStatus.OK:
            raise BenchmarkError(f"HTTP {answer.status} to {text!r}: {content[:300]!r}")
        replies: list[dict[str, Any]] = json.loads(content)
        return "\n".join(reply.get("text") or "" for reply in replies), took_ms

    def close(self) -> None:
        """Give the connection back; the next message opens another."""
        self._connection.close()


@dataclass
class Side:
    """One assistant: the commands that make it up, and the port of its REST channel."""

    name: str
    folder: Path
    port: int
    commands: Sequence[Sequence[str]]
    checks: Sequence[tuple[str, str]]  # what it is asked, and a pattern of the answer
    env: Mapping[str, str] = field(repr=False)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> float:
        """Start it; the seconds from there to its first right answer."""
        began = time.perf_counter()
        self.processes = [self._open(number) for number in range(len(self.commands))]
        give_up = began + START_TIMEOUT_S
        while not self._answers():
            if any(process.poll() is not None for process in self.processes):
                raise BenchmarkError(f"{self.name} ended while it started:\n{self.end_of_log()}")
            if time.perf_counter() > give_up:
                raise BenchmarkError(
                    f"{self.name} gave no answer in {START_TIMEOUT_S} s:\n{self.end_of_log()}"
                )
            time.sleep(PAUSE_S)
        return time.perf_counter() - began

    def stop(self) -> None:
        """End its processes, by force if they do not listen."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []

    def memory_mb(self) -> float:
        """Resident memory of all its processes, children too, in megabytes."""
        return sum(float(each.memory_info().rss) for each in self._all_processes()) / 1e6

    def cpu_s(self) -> float:
        """Processor time that its processes have used so far, in seconds.

        Says what the work costs on a busy machine too, where others stretch the time on the clock.
        """
        times = [each.cpu_times() for each in self._all_processes()]
        return sum(float(time.user + time.system) for time in times)

    def _all_processes(self) -> Iterator[psutil.Process]:
        for process in self.processes:
            with suppress(psutil.NoSuchProcess):
                top = psutil.Process(process.pid)
                yield from (top, *top.children(recursive=True))

    def end_of_log(self) -> str:
        """The last lines that its processes printed."""
        texts = [path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log"))]
        return "\n".join(line for text in texts for line in text.splitlines()[-8:])

    def _open(self, number: int) -> subprocess.Popen[bytes]:
        with (self.folder / f"{self.name}-{number}.log").open("ab") as log:
            return subprocess.Popen(
                self.commands[number], cwd=self.folder, env=self.env, stdout=log, stderr=log
            )

    def _answers(self) -> bool:
        client = Client(self.port)
        sender = f"first-{time.time_ns()}"
        try:
            return all(re.search(answer, client.say(sender, q)[0]) for q, answer in self.checks)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            client.close()


def our_side(folder: Path, database: Path) -> Side:
    """`fiberbot run` with a copy of the prepared database."""
    folder.mkdir(parents=True)
    shutil.copyfile(database, folder / "assistant.db")
    port = free_port()
    env = _environment(folder / "assistant.db") | {
        "PORT": str(port),
        "DESK_PORT": str(free_port()),
    }
    run = [[sys.executable, "-m", "bot", "run"]]
    return Side(OURS, folder, port, run, OUR_CHECKS, env)


def stock_side(folder: Path, database: Path, model: Path) -> Side:
    """`rasa run` and `rasa run actions`, with a copy of the prepared database for the actions."""
    folder.mkdir(parents=True)
    shutil.copyfile(database, folder / "assistant.db")
    port, action_port = free_port(), free_port()
    endpoints = stock.write_endpoints(folder, action_port)
    (folder / "credentials.yml").write_text("rest:\n")
    rasa = (sys.executable, "-m", "rasa", "run")
    serve = (*rasa, "-m", str(model), "-p", str(port), "-i", "127.0.0.1")
    files = ("--endpoints", str(endpoints), "--credentials", str(folder / "credentials.yml"))
    act = (*rasa, "actions", "--actions", "actions", "-p", str(action_port))
    env = _environment(folder / "assistant.db")
    return Side(STOCK, folder, port, [(*serve, *files), act], STOCK_CHECKS, env)


def _environment(database: Path) -> dict[str, str]:
    """Without the settings of the machine's owner, and with compiled modules kept."""
    env = stock.environment()
    for name in ("PYTHONDONTWRITEBYTECODE", *_owners_settings()):
        env.pop(name, None)
    return env | {
        "DATABASE_URL": f"sqlite:///{database}",
        "VAR_DIR": str(database.parent),
        "ENCODER_DIR": str(Settings.from_env().encoder_dir),
    }


def _owners_settings() -> list[str]:
    lines = (PROJECT / ".env.example").read_text(encoding="utf-8").splitlines()
    return [line.split("=")[0] for line in lines if re.match(r"[A-Z_]+=", line)]
