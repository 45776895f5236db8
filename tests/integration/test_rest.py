"""The `rest` channel of `fiberbot run`, over real HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from tests.integration.server import Server, texts

RECOMMEND = "help me choose a connector for my network"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server")).start()
    yield server
    server.stop()


def test_a_question_is_answered_in_rasas_format(server: Server) -> None:
    replies = server.say("what's the difference between MTP and MPO?", sender="ana")

    assert {reply["recipient_id"] for reply in replies} == {"ana"}
    assert "US Conec" in texts(replies)
    assert all({"title", "payload"} <= set(b) for r in replies for b in r.get("buttons", []))


def test_each_sender_is_a_conversation_of_its_own(server: Server) -> None:
    server.say(RECOMMEND, sender="first")
    server.say("400G", sender="first")
    fresh = texts(server.say("no", sender="second"))
    ongoing = texts(server.say("no", sender="first"))

    assert "sensitive to loss" in ongoing
    assert "sensitive to loss" not in fresh


def test_without_a_sender_every_message_begins_a_fresh_conversation(server: Server) -> None:
    first = server.say(RECOMMEND)
    second = server.say(RECOMMEND)

    assert first[0]["recipient_id"] != second[0]["recipient_id"]
    assert texts(first) == texts(second)


@pytest.mark.parametrize("command", ["/session_start", "/deny", "/inform", " /complaint", "/faq"])
def test_a_visitor_who_types_a_command_is_read_as_plain_text(server: Server, command: str) -> None:
    sender = f"typed {command}"
    server.say(RECOMMEND, sender=sender)
    reply = texts(server.say(command, sender=sender))

    assert "data rate" in reply  # the open question is still open: nothing was fired


def test_a_visitor_cannot_forge_a_payload_that_the_bot_did_not_show(server: Server) -> None:
    reply = texts(server.say('/inform{"data_rate": 400}', sender="forger"))

    assert "serviceable" not in reply  # the next question, had the rate been taken


def test_a_button_that_the_bot_showed_works(server: Server) -> None:
    replies = server.say(RECOMMEND, sender="presser")
    payload = next(
        b["payload"] for r in replies for b in r.get("buttons", []) if b["title"] == "400G"
    )

    assert payload.startswith("/")
    assert "data rate" not in texts(server.say(payload, sender="presser"))


def test_a_message_over_two_thousand_characters_is_refused_politely(server: Server) -> None:
    assert "2,000 characters" in texts(server.say("x" * 2_001, sender="long"))
    assert "2,000 characters" not in texts(server.say("mpo " * 500, sender="long"))


@pytest.mark.parametrize(
    "body", [None, [], "text", {}, {"message": 5}, {"message": None}, {"message": "x", "sender": 7},
             {"message": "x", "sender": "s" * 201}, {"message": "x", "sender": "a\x00b"}],
)  # fmt: skip
def test_a_malformed_request_is_told_what_is_wrong(server: Server, body: object) -> None:
    answer = server.post(body)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_broken_json_is_told_so(server: Server) -> None:
    answer = server.post(data="{", headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]


def test_a_request_that_came_through_a_proxy_is_refused(server: Server) -> None:
    answer = server.post({"message": "hi"}, headers={"X-Forwarded-For": "203.0.113.5"})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "text", ["", "   ", "\x00\x01", "\ud83d\ude00", "ﷺ" * 100, "{slot}", "{0}", "%s"]
)
def test_odd_messages_get_an_answer(server: Server, text: str) -> None:
    assert texts(server.say(text, sender="odd"))


def test_twenty_visitors_at_once_keep_their_own_answers(server: Server) -> None:
    rates = ["40G", "100G", "400G", "800G"] * 5

    def converse(number: int) -> str:
        sender = f"visitor {number}"
        server.say(RECOMMEND, sender=sender)
        return texts(server.say(f"actually {rates[number]}, no rework", sender=sender))

    with ThreadPoolExecutor(max_workers=20) as pool:
        answers = list(pool.map(converse, range(20)))

    assert all(rate in answer for rate, answer in zip(rates, answers, strict=True))


def test_the_http_api_of_rasa_is_closed(server: Server) -> None:
    for path in ("conversations/ana/tracker", "model/parse", "domain", "status"):
        assert requests.get(f"http://127.0.0.1:{server.port}/{path}", timeout=5).status_code == 404


def test_a_conversation_goes_on_after_the_process_was_killed(tmp_path: Path) -> None:
    server = Server(tmp_path).start()
    server.say(RECOMMEND, sender="ana")
    server.say("400G", sender="ana")
    server.stop(signal.SIGKILL)
    server.start()
    try:
        reply = texts(server.say("no, we would just replace a bad cord", sender="ana"))
    finally:
        server.stop()

    assert "sensitive to loss" in reply


def test_ctrl_c_stops_the_server_cleanly(tmp_path: Path) -> None:
    server = Server(tmp_path).start()

    assert server.stop(signal.SIGINT) == 0
    assert "Traceback" not in server.log


def test_an_action_that_fails_apologises_and_is_logged_with_its_conversation(
    tmp_path: Path,
) -> None:
    server = Server(tmp_path).start()
    try:
        with sa.create_engine(f"sqlite:///{tmp_path / 'server.db'}").begin() as connection:
            connection.execute(sa.text("DROP TABLE comparisons"))
        reply = texts(server.say("what's the difference between MTP and MPO?", sender="unlucky"))
    finally:
        server.stop()

    assert "(408) 796-7735" in reply
    assert "sorry" in reply.lower()
    assert "unlucky" in server.log


def test_a_lost_database_is_told_to_the_visitor_and_the_turn_is_not_pretended(
    tmp_path: Path,
) -> None:
    server = Server(tmp_path).start()
    try:
        with sa.create_engine(f"sqlite:///{tmp_path / 'server.db'}").begin() as connection:
            connection.execute(sa.text("DROP TABLE events"))
        reply = texts(server.say("hello", sender="ana"))
    finally:
        server.stop()

    assert "something went wrong" in reply


def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path, server: Server) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        env={**os.environ, "PORT": str(server.port)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert f"Port {server.port} is in use" in done.stderr


def test_the_server_never_loads_tensorflow(server: Server) -> None:
    server.say("what is MTP?", sender="reader")
    assert server.process
    loaded = Path(f"/proc/{server.process.pid}/maps").read_text()

    assert "onnxruntime" in loaded  # so that this would show it
    assert "tensorflow" not in loaded
