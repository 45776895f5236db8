"""A computed answer in Slack comes with its drawing; without it, the words stand alone."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy.engine import Engine

from bot.channels.slack.blocks import reply_message
from bot.channels.slack.places import Place, whisper
from bot.delivery import slack_pictures
from bot.delivery.slack import SlackSender
from bot.delivery.slack_posts import slack_client
from sales.channel_build import build_channel, mpo_cord
from sales.channel_check import check_channel
from sales.channel_parts import optic_of
from sales.channel_text import channel_payload
from sales.outbox.store import Delivery
from sales.reference.files import known_links
from sales.reference.seed import seed_reference
from sales.team.roles import Member
from tests.integration.slack.house import OFFICE, REP, SALES, House
from tests.integration.slack.inbound import Inbound
from tests.slack_checks import message_problems
from tests.slack_people import words_in
from tests.slack_stand_in import UPLOAD, SlackStandIn
from tests.slack_workspace import Json
from tests.unit.test_drawings import budget

WORDS = "No: 100GBASE-SR4 loses 0.50 dB too much."
BUDGET = {"text": WORDS, "custom": budget(1.0, note=WORDS)}
SR4 = optic_of(known_links()["100GBASE-SR4"])


def channel_answer() -> Json:
    cords = mpo_cord("B", "OM4", "FM"), mpo_cord("B", "OM4", "MF")
    payload = channel_payload(check_channel(build_channel(SR4, cords, SR4)))
    return {"text": payload["note"], "custom": payload}


def answer(house: House, *messages: Any, in_thread: bool = True) -> tuple[str, str]:
    """Tell it in a direct message; the channel, and the ts of what was asked."""
    house.slack.app_url = "http://127.0.0.1:1/"
    direct = house.slack.direct_messages(REP)
    asked = house.slack.say(REP, REP, "budget 100GBASE-SR4 100 m OM4")
    thread_ts = asked.ts if in_thread else ""
    place = {"channel": direct, "thread_ts": thread_ts, "messages": list(messages)}
    house.tell("reply", "r:1", place, None)
    house.deliver()
    return direct, asked.ts


def content(slack: SlackStandIn, message: Json) -> bytes:
    (file,) = message["files"]
    found = slack.files[file["id"]]["content"]
    assert isinstance(found, bytes)
    return found


@pytest.mark.parametrize(
    ("message", "told"),
    [(BUDGET, "2 MPO pairs: 1.20 dB"), (channel_answer(), "Joint 2, cord 1 to cord 2")],
)
def test_the_drawing_comes_below_the_words_in_the_thread(
    house: House, slack: SlackStandIn, message: Json, told: str
) -> None:
    _, asked = answer(house, message)

    words, picture = slack.thread(asked)
    assert message["text"].split("\n")[0] in words["text"]
    image = Image.open(BytesIO(content(slack, picture)))
    assert image.format == "PNG"
    assert image.width >= 1_000
    assert told in picture["files"][0]["alt_txt"]
    assert message["custom"]["title"].split(",")[0] in picture["files"][0]["title"]
    assert house.waiting() == []


def test_at_the_top_of_a_direct_message_the_drawing_stays_beside_the_words(
    house: House, slack: SlackStandIn
) -> None:
    direct, _ = answer(house, BUDGET, in_thread=False)

    _, words, picture = slack.messages_in(direct)
    assert "0.50 dB too much" in words_in(words)
    assert picture["files"][0]["name"].startswith("link-budget-")


def test_an_answer_without_a_drawing_uploads_nothing(house: House, slack: SlackStandIn) -> None:
    answer(house, {"text": "Both mate.", "custom": {"kind": "comparison", "rows": []}})

    assert slack.called("files.getUploadURLExternal") == []


def without_scope(slack: SlackStandIn) -> None:
    slack.scopes.discard("files:write")


def too_many_calls(slack: SlackStandIn) -> None:
    slack.rate_limits("files.getUploadURLExternal")


def no_storage(slack: SlackStandIn) -> None:
    slack.breaks(UPLOAD, status=503)


def connection_cut(slack: SlackStandIn) -> None:
    slack.hangs_up(UPLOAD)


def refused_at_the_end(slack: SlackStandIn) -> None:
    slack.refuses("files.completeUploadExternal", "file_not_found")


TROUBLES = {
    without_scope: "missing_scope; add the scopes of docs/slack.md",
    too_many_calls: "rate limit",
    no_storage: "HTTP 503",
    connection_cut: "on the way of a file",
    refused_at_the_end: "file_not_found",
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_without_its_drawing_an_answer_stands_alone_and_the_log_says_why(
    house: House, slack: SlackStandIn, caplog: pytest.LogCaptureFixture, trouble: Any
) -> None:
    trouble(slack)
    with caplog.at_level(logging.ERROR):
        _, asked = answer(house, BUDGET)

    (words,) = slack.thread(asked)
    assert "0.50 dB too much" in words_in(words)
    assert house.waiting() == []
    (line,) = [r.getMessage() for r in caplog.records if "picture_left_out" in r.getMessage()]
    assert TROUBLES[trouble] in line


def test_an_upload_that_hangs_keeps_the_next_answer_waiting_only_so_long(
    house: House,
    slack: SlackStandIn,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slack_pictures, "PATIENCE_S", 1.0)
    slack.hangs(UPLOAD)
    _, asked = answer(house, BUDGET)
    slack.recovers()

    assert len(slack.thread(asked)) == 1
    assert house.waiting() == []
    assert "not there after 1 s" in caplog.text


def test_a_drawing_that_fails_does_not_bring_the_words_twice(
    house: House, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    broken = {"kind": "channel_check", "title": "x", "note": WORDS, "joints": [], "order": []}
    with caplog.at_level(logging.ERROR):
        _, asked = answer(house, {"text": WORDS, "custom": broken})

    assert len(slack.thread(asked)) == 1
    assert "could not be drawn" in caplog.text
    assert house.waiting() == []


def test_a_process_that_died_after_the_upload_leaves_one_drawing(
    house: House, slack: SlackStandIn
) -> None:
    _, asked = answer(house, BUDGET)
    place = {"channel": slack.direct_messages(REP), "thread_ts": asked, "messages": [BUDGET]}
    again = Delivery(1, "slack", "reply", "r:1", "x", place, None, "", 2, was_interrupted=True)
    sender = SlackSender(house.engine, slack_client(house.settings), house.settings, OFFICE)
    asyncio.run(sender.send(again))

    assert len(slack.thread(asked)) == 2
    assert len(slack.called(UPLOAD)) == 1


def test_a_colleague_gets_the_drawing_of_a_budget(
    house: House, slack: SlackStandIn, engine: Engine, team: dict[str, Member]
) -> None:
    seed_reference(engine)
    direct = slack.direct_messages(REP)
    Inbound(engine).say(REP, direct, "budget 400GBASE-DR4 400 m 4 connections")
    house.deliver(datetime.now(UTC))

    _, picture = slack.messages_in(direct)
    assert "400GBASE-DR4, 400 m of OS2" in picture["files"][0]["title"]


def test_what_one_person_sees_has_no_drawing_for_everybody(
    house: House, slack: SlackStandIn
) -> None:
    told = whisper(Place(SALES, "", REP), "w:1", [BUDGET])
    house.tell("ephemeral", "w:1", told.payload, None)
    house.deliver()

    assert len(slack.ephemerals) == 1
    assert slack.called("files.getUploadURLExternal") == []


def test_the_words_of_a_channel_check_have_every_joint() -> None:
    message = channel_answer()
    drawn = reply_message([message])

    assert message_problems(drawn.blocks) == []
    told = words_in({"text": drawn.text, "blocks": drawn.blocks})
    for number in (1, 2, 3):
        assert f"Joint {number}, " in told
    assert "✗ Joint 2" in told
    assert told.count(message["text"].split("\n")[0]) >= 1
