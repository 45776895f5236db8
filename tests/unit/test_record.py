"""The record of a conversation, as the widget and the desk show it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from bot.record import LONGEST_HISTORY, BotMessage, Conversation

BUTTONS = {"buttons": [{"title": "Yes, contact me", "payload": "/affirm"}]}


def conversation(*events: dict[str, Any]) -> Conversation:
    found = Conversation()
    for event in events:
        found.add_event({"timestamp": 1_770_000_000.5, **event})
    return found


def said(text: str | None, message_id: str = "", **more: Any) -> dict[str, Any]:
    return {"event": "user", "text": text, "message_id": message_id or text, **more}


def answered(text: str | None, **more: Any) -> dict[str, Any]:
    return {"event": "bot", "text": text, **more}


def texts(found: Conversation) -> list[str]:
    return [message.text for message in found.messages]


def test_bot_messages_are_numbered_and_complete() -> None:
    custom = {"kind": "products"}
    found = conversation(
        said("hi"),
        answered("Hello!", data=BUTTONS),
        answered(None, data={"custom": custom}, metadata={"author": "Bo"}),
    )

    first, second = (message.as_json() for message in found.messages[1:])
    assert (first["number"], second["number"]) == (1, 2)
    assert first["at"] == "2026-02-02T02:40:00.500Z"
    assert first["quick_replies"] == [
        {"title": "Yes, contact me", "payload": "/affirm", "content_type": "text"}
    ]
    assert (second["text"], second["custom"], second["author"]) == ("", custom, "Bo")


def test_the_website_is_not_sent_a_drawing_that_its_widget_makes_itself() -> None:
    custom = {"kind": "link_budget", "total_db": 1.5, "svg": "<svg></svg>"}
    (message,) = conversation(answered("Yes.", data={"custom": custom})).messages

    assert message.as_json()["custom"] == {"kind": "link_budget", "total_db": 1.5}


def test_a_pressed_button_shows_its_title_and_a_typed_command_itself() -> None:
    found = conversation(
        said("/affirm"), answered("?", data=BUTTONS), said("/affirm"), said("\u2060/deny", "x")
    )

    assert texts(found) == ["/affirm", "?", "Yes, contact me", "/deny"]


def test_the_answer_to_a_message_ends_where_the_next_one_begins() -> None:
    found = conversation(said("a"), answered("1"), answered("2"), said("b"), answered("3"))

    assert [m.number for m in found.answer_to("a") or []] == [1, 2]
    assert [m.number for m in found.answer_to("b") or []] == [3]
    assert found.answer_to("c") is None


def test_a_message_that_failed_and_was_sent_again_shows_once() -> None:
    found = conversation(said("a"), said("a"), answered("1"))

    assert texts(found) == ["a", "1"]
    assert [m.text for m in found.answer_to("a") or []] == ["1"]


def test_messages_without_text_are_no_messages() -> None:
    assert texts(conversation(said(None), answered("1"))) == ["1"]


def test_a_long_conversation_keeps_its_end_and_its_numbers() -> None:
    found = conversation(*(answered(str(n)) for n in range(LONGEST_HISTORY + 10)))

    assert len(found.messages) == LONGEST_HISTORY
    last = found.messages[-1]
    assert isinstance(last, BotMessage)
    assert last.number == LONGEST_HISTORY + 10
    assert len(found.since(3)) == LONGEST_HISTORY  # what was seen is no longer there: all of it
    assert len(found.since(LONGEST_HISTORY + 8)) == 2
    assert found.since(LONGEST_HISTORY + 99) == []


def test_what_a_colleague_said_has_their_name_and_who_came_and_went_has_none() -> None:
    found = conversation(
        answered("Ann joined.", metadata={"outbox": "k1", "notice": True}),
        answered("Hello", metadata={"outbox": "k2", "author": "Ann"}),
        answered("Which rate?", metadata={"outbox": "k3"}),
    )

    joined, said, asked = found.messages
    assert joined.as_json()["notice"] is True
    assert "author" not in joined.as_json()
    assert said.as_json()["author"] == "Ann"
    assert found.relayed("k2") == [said]
    assert found.relayed("k4") == []
    assert [found.reply(number).is_answer for number in (1, 2, 3)] == [False, False, True]  # type: ignore[union-attr]
    assert found.reply(4) is None
    assert set(asked.as_json()) == {"from", "number", "at", "text"}


def test_a_message_says_which_colleague_it_was_for() -> None:
    found = conversation(said("a", metadata={"heard_by": "Ann"}), said("b"))

    assert [m.heard_by for m in found.messages] == ["Ann", None]  # type: ignore[union-attr]


def test_the_record_is_read_without_loading_the_assistant() -> None:
    code = "import bot.record, sys; print({'rasa', 'tensorflow'} & set(sys.modules))"
    run = [sys.executable, "-c", code]

    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "set()\n"
