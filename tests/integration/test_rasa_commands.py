"""The project stays a standard Rasa project, on either database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from bot.preparation import MODEL, rasa_environment
from sales.settings import PROJECT
from tests.integration.server import Server, free_port, texts

RASA = (sys.executable, "-m", "bot.rasa_command")


def start(*words: str, env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen([*RASA, *words], cwd=PROJECT, env=env, stdout=output, stderr=output)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + 120
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < give_up, log.read_text()
        try:
            if requests.get(url, timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)


def test_rasa_run_with_its_own_action_server_answers_alike(
    agent: object, tmp_path: Path
) -> None:  # `agent`: the model is trained
    port, action_port = free_port(), free_port()
    endpoints = tmp_path / "endpoints.yml"
    text = (PROJECT / "endpoints.yml").read_text()
    endpoints.write_text(text.replace("127.0.0.1:5055", f"127.0.0.1:{action_port}"))
    env = {**rasa_environment(), "DATABASE_URL": f"sqlite:///{tmp_path / 'rasa.db'}"}
    subprocess.run([sys.executable, "-m", "bot", "db", "upgrade"], env=env, check=True)
    run = ("run", "-m", str(MODEL), "-p", str(port))
    logs = tmp_path / "actions.log", tmp_path / "rasa.log"
    processes = [
        start("run", "actions", "-p", str(action_port), env=env, log=logs[0]),
        start(*run, "--endpoints", str(endpoints), env=env, log=logs[1]),
    ]
    try:
        wait_for(f"http://127.0.0.1:{action_port}/health", processes[0], logs[0])
        wait_for(f"http://127.0.0.1:{port}/webhooks/rest/", processes[1], logs[1])
        with pytest.raises(requests.ConnectionError):  # for this machine alone, unless told
            requests.get(f"http://127.0.0.2:{port}/", timeout=5)
        answer = requests.post(
            f"http://127.0.0.1:{port}/webhooks/rest/webhook",
            json={"sender": "ana", "message": "what's the difference between MTP and MPO?"},
            timeout=60,
        )
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)

    assert "US Conec" in texts(answer.json())


def test_rasa_run_refuses_to_open_an_unsafe_assistant_to_the_network() -> None:
    env = {**rasa_environment(), "ALLOWED_ORIGINS": "*"}
    done = subprocess.run(
        [*RASA, "run", "--interface=0.0.0.0"], cwd=PROJECT, env=env, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "ALLOWED_ORIGINS is * while others reach the chat" in done.stderr


def test_rasas_commands_report_to_nobody_whatever_the_terminal_says(tmp_path: Path) -> None:
    words = ("data", "split", "nlu", "-u", "tests/nlu/held_out.yml", "--out", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as way_out:  # whatever is called comes by here
        proxy = f"http://127.0.0.1:{way_out.getsockname()[1]}"
        done = subprocess.run(
            [*RASA, *words], cwd=PROJECT, capture_output=True, text=True,
            env={**os.environ, "HOME": str(tmp_path), "HTTPS_PROXY": proxy, "HTTP_PROXY": proxy,
                 "RASA_TELEMETRY_ENABLED": "true"},
        )  # fmt: skip
        way_out.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody is at the door
            way_out.accept()

    assert done.returncode == 0, done.stderr[-3_000:]


@pytest.mark.parametrize(
    ("settings", "here", "nowhere"),
    [({}, "127.0.0.1", "127.0.0.2"), ({"SANIC_HOST": "127.0.0.2"}, "127.0.0.2", "127.0.0.1")],
)
def test_the_action_server_is_for_this_machine_alone_unless_it_is_told_otherwise(
    tmp_path: Path, settings: dict[str, str], here: str, nowhere: str
) -> None:
    port, log = free_port(), tmp_path / "actions.log"
    env = {**rasa_environment(), "DATABASE_URL": f"sqlite:///{tmp_path / 'rasa.db'}", **settings}
    process = start("run", "actions", "-p", str(port), env=env, log=log)
    try:
        wait_for(f"http://{here}:{port}/health", process, log)
        with pytest.raises(requests.ConnectionError):  # on every address it would answer
            requests.get(f"http://{nowhere}:{port}/health", timeout=5)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def test_rasas_own_test_stories_pass(agent: object, tmp_path: Path) -> None:
    words = ("test", "core", "--stories", "tests/test_stories.yml", "--e2e", "-m", str(MODEL))
    env = {**rasa_environment(), "DATABASE_URL": os.environ["DATABASE_URL"]}
    done = subprocess.run(
        [*RASA, *words, "--out", str(tmp_path), "--fail-on-prediction-errors"],
        cwd=PROJECT, env=env, capture_output=True, text=True, timeout=300,
    )  # fmt: skip

    assert done.returncode == 0, (done.stdout + done.stderr)[-3_000:]


def test_rasa_test_nlu_scores_intents_and_answers(agent: object, tmp_path: Path) -> None:
    words = ("test", "nlu", "-u", "tests/nlu/held_out.yml", "-m", str(MODEL), "--no-plot")
    done = subprocess.run(
        [*RASA, *words, "--out", str(tmp_path)],
        cwd=PROJECT, env=rasa_environment(), capture_output=True, text=True, timeout=300,
    )  # fmt: skip

    assert done.returncode == 0, (done.stdout + done.stderr)[-3_000:]
    assert (tmp_path / "intent_report.json").exists()
    assert (tmp_path / "response_selection_report.json").exists()


def test_everything_works_on_postgresql_across_a_kill(
    empty_postgresql_url: str, tmp_path: Path
) -> None:
    server = Server(tmp_path, {"DATABASE_URL": empty_postgresql_url}).start()
    server.say("which connector should we go for", sender="ana")
    server.say("100 gig", sender="ana")
    server.stop(signal.SIGKILL)
    server.start()
    try:
        reply = texts(server.say("bad cords get replaced here", sender="ana"))
        found = texts(server.say("12 fiber OM4 MTP trunk type B, 10 m", sender="buyer"))
    finally:
        server.stop()

    assert "sensitive to loss" in reply
    assert "INX-TRK-M4" in found
