"""A side is started, asked and stopped: with real processes and HTTP, of a server made for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.sides import Client, Side, free_port

SERVER = """
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Bot(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = 500 if said["message"] == "break" else 200
        replies = [{"text": "You said"}, {"text": said["message"]}, {"image": "x"}]
        body = json.dumps(replies).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[1])), Bot).serve_forever()
"""
CHECKS = (("hello", "You said\nhello"),)


def side(folder: Path, *scripts: str) -> Side:
    port = free_port()
    commands = [[sys.executable, "-c", script, str(port)] for script in scripts]
    return Side("toy", folder, port, commands, CHECKS, dict(os.environ))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Side]:
    found = side(tmp_path, SERVER)
    found.start()
    yield found
    found.stop()


def test_a_side_is_started_when_it_gives_the_right_answer(running: Side) -> None:
    assert running.memory_mb() > 1
    assert running.cpu_s() > 0


def test_what_was_said_comes_with_the_time_it_took(running: Side) -> None:
    said, took_ms = Client(running.port).say("ana", "how far?")

    assert said == "You said\nhow far?\n"
    assert took_ms > 0


def test_an_error_of_the_server_is_told_with_the_message(running: Side) -> None:
    with pytest.raises(BenchmarkError, match="HTTP 500 to 'break'"):
        Client(running.port).say("ana", "break")


def test_nothing_is_left_when_a_side_is_stopped(running: Side) -> None:
    pid = running.processes[0].pid
    running.stop()

    assert not psutil.pid_exists(pid)
    assert running.memory_mb() == 0


def test_a_side_that_ends_while_it_starts_is_told_with_its_last_words(tmp_path: Path) -> None:
    broken = side(tmp_path, "import sys; sys.exit('no model here')")

    with pytest.raises(BenchmarkError, match=r"toy ended while it started:\n.*no model here"):
        broken.start()
