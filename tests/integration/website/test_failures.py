"""The server dies, the database goes away: nothing is doubled, nothing is silent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests
import sqlalchemy as sa

from tests.integration.server import START_TIMEOUT_S, Server, free_port
from tests.integration.website.conftest import GENEROUS, SECRET
from tests.integration.website.test_identity import conversation_of
from tests.integration.website.visitor import PREFIX, Visitor, recorded, rows, visit

SETTINGS = {**GENEROUS, "WEBSITE_SECRET": SECRET}


def test_killed_in_mid_message_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    server = Server(tmp_path, SETTINGS).start()
    token = ""

    async def before(ana: Visitor) -> None:
        nonlocal token
        await ana.arrive()
        token = ana.token
        await ana.say("hello", "m0")

    async def kill_after(delay_s: float, message_id: str) -> None:
        ana = Visitor(server)
        await ana.arrive(token)
        data = {"message": "what is polarity?", "session_id": token, "message_id": message_id}
        await ana.socket.emit("user_uttered", data)
        await asyncio.sleep(delay_s)
        server.stop(signal.SIGKILL)
        await ana.leave()

    async def after(ana: Visitor) -> None:
        await ana.arrive(token)
        assert (await ana.say("what is polarity?", message_id))["status"] == "ok"
        assert (await ana.say("what is polarity?", message_id))["duplicate"]
        history = (await ana.request_session(token))["history"]
        asked = [m.get("message_id") for m in history]
        assert asked.count(message_id) == 1
        numbers = [m["number"] for m in history if m["from"] == "bot"]
        assert numbers == list(range(1, len(numbers) + 1))

    visit(server, before)
    try:
        for number, delay_s in enumerate((0.0, 0.008), start=1):
            message_id = f"m{number}"
            asyncio.run(kill_after(delay_s, message_id))
            server.start()
            visit(server, after)
        conversation = conversation_of(token)
        said = [event["message_id"] for event in recorded(server, conversation, "user")]
        assert said == ["m0", "m1", "m2"]
        assert len(recorded(server, conversation, "bot")) == 3
    finally:
        server.stop()


def test_a_failed_turn_is_told_with_the_phone_number_and_can_be_sent_again(tmp_path: Path) -> None:
    server = Server(tmp_path, SETTINGS).start()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'server.db'}")

    async def scenario(ana: Visitor) -> None:
        await ana.arrive()
        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE events RENAME TO away"))
        ack = await ana.say("hello", "m1")
        assert (ack["status"], ack["code"]) == ("refused", "failed")
        assert "(408) 796-7735" in ack["text"]
        assert [typing["typing"] for typing in ana.heard("bot_typing")] == [True, False]
        ready = requests.get(f"http://127.0.0.1:{server.port}{PREFIX}/health/ready", timeout=5)
        assert (ready.status_code, ready.json()["database"]) == (503, False)

        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE away RENAME TO events"))
        assert await ana.say("hello", "m1") == {"status": "ok"}
        assert len(ana.replies) == 1

    try:
        visit(server, scenario)
    finally:
        engine.dispose()
        server.stop()


def test_ctrl_c_does_not_wait_for_open_chats(tmp_path: Path) -> None:
    server = Server(tmp_path, SETTINGS).start()

    async def scenario(ana: Visitor, poller: Visitor) -> None:
        await ana.arrive()
        await poller.arrive(transport="polling")
        begun = time.monotonic()
        code = await asyncio.to_thread(server.stop, signal.SIGINT)
        assert code == 0
        assert time.monotonic() - begun < 8

    visit(server, scenario, tabs=2)
    assert "Traceback" not in server.log


def test_plain_rasa_run_with_an_action_server_serves_the_website_too(tmp_path: Path) -> None:
    """The standard deployment: `rasa run` and `rasa run actions`, with the files of the project."""
    server = StandardRasa(tmp_path, SETTINGS)
    server.prepare()
    server.start()

    async def scenario(ana: Visitor, silent: Visitor) -> None:
        await ana.arrive()
        await ana.say("what's the difference between MTP and MPO?")
        assert "US Conec" in ana.text
        form = {"name": "Ana Silva", "reach": "ana@example.com", "company": "", "note": ""}
        assert await ana.submit(**form, consent=True) == {"status": "ok"}
        assert "L-000001" in ana.replies[-1]["text"]
        assert rows(server, "SELECT count(*) FROM leads") == [(1,)]

        server.actions.terminate()  # without its actions, Rasa answers with silence
        server.actions.wait()
        await silent.arrive()
        ack = await silent.say("what's the difference between MTP and MPO?", "m1")
        assert ack["code"] == "failed"
        assert "(408) 796-7735" in ack["text"]
        server.start_actions()
        assert (await silent.say("what's the difference between MTP and MPO?", "m1")) == {
            "status": "ok"
        }
        history = (await silent.request_session(silent.token))["history"]
        assert [m["from"] for m in history][:2] == ["user", "bot"]
        assert sum(m["from"] == "user" for m in history) == 1

    try:
        visit(server, scenario, tabs=2)
    finally:
        server.stop(signal.SIGTERM)


class StandardRasa(Server):
    """Rasa started the standard way, with an action server beside it."""

    actions: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        database = f"sqlite:///{self.folder / 'server.db'}"
        return {**os.environ, "DATABASE_URL": database, "RASA_TELEMETRY_ENABLED": "false",
                "PYTHONWARNINGS": "ignore", **self.settings}  # fmt: skip

    def prepare(self) -> None:
        """The endpoints with an action server on a free port; the database."""
        self.actions_port = free_port()
        text = Path("endpoints.yml").read_text()
        self.endpoints = self.folder / "endpoints.yml"
        self.endpoints.write_text(text.replace(":5055/", f":{self.actions_port}/"))
        self._run("-m", "bot", "setup").wait()

    def start(self) -> Server:
        self.start_actions()
        self.process = self._run(
            "-m", "bot.rasa_command", "run", "--endpoints", str(self.endpoints), "-i", "127.0.0.1",
            "-p", str(self.port), "--model", "models/assistant.tar.gz",
        )  # fmt: skip
        give_up = time.monotonic() + START_TIMEOUT_S
        while not (self.answers() and self._actions_answer()):
            assert self.process.poll() is None, f"the server ended:\n{self.log}"
            assert time.monotonic() < give_up, f"the server did not start:\n{self.log}"
            time.sleep(0.1)
        return self

    def start_actions(self) -> None:
        self.actions = self._run(
            "-m", "bot.rasa_command", "run", "actions", "-p", str(self.actions_port)
        )
        give_up = time.monotonic() + START_TIMEOUT_S
        while not self._actions_answer():
            assert time.monotonic() < give_up, f"no actions:\n{self.log}"
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        self.actions.terminate()
        self.actions.wait()
        return super().stop(how)

    def _actions_answer(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.actions_port}/health"
            return requests.get(url, timeout=1).ok
        except requests.RequestException:
            return False

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments], env=self.environment, stdout=log, stderr=log
            )
