"""Every conversation in the YAML files beside this one happens as written.

A turn is `user: text` or `press: button title`, and what must follow: `bot` (response names that
must be among the answers), `says` (regular expressions found in the text), `never` (not found),
`buttons` (titles offered), `slots` (values known afterwards).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conversations.talk import Reply, Visitor

FOLDER = Path(__file__).parent
EXPECTATIONS = {"user", "press", "bot", "says", "never", "buttons", "slots", "repeat"}


def conversations() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        for conversation in yaml.safe_load(path.read_text(encoding="utf-8")):
            found.append(pytest.param(conversation, id=f"{path.stem}: {conversation['title']}"))
    return found


@pytest.mark.parametrize("conversation", conversations())
def test_the_conversation_goes_as_written(conversation: dict[str, Any], visitor: Visitor) -> None:
    for number, turn in enumerate(conversation["turns"], start=1):
        assert set(turn) <= EXPECTATIONS, f"turn {number}: unknown key in {sorted(turn)}"
        for _ in range(turn.get("repeat", 1)):
            reply = (
                visitor.presses(turn["press"]) if "press" in turn else visitor.says(turn["user"])
            )
        check(turn, reply, visitor, f"turn {number}, {turn.get('user') or turn['press']!r}")


def check(turn: dict[str, Any], reply: Reply, visitor: Visitor, where: str) -> None:
    said = f"\nresponses: {reply.responses}\n{reply.text}\nbuttons: {list(reply.buttons)}"
    assert reply.texts, f"{where}: the assistant said nothing"
    for name in turn.get("bot", []):
        assert name in reply.responses, f"{where}: {name} is missing{said}"
    for pattern in turn.get("says", []):
        assert re.search(pattern, reply.text, re.I | re.S | re.M), (
            f"{where}: no {pattern!r} in{said}"
        )
    for pattern in turn.get("never", []):
        assert not re.search(pattern, reply.text, re.I | re.S | re.M), (
            f"{where}: {pattern!r} in{said}"
        )
    for title in turn.get("buttons", []):
        assert title in reply.buttons, f"{where}: no button {title!r}{said}"
    known = visitor.slots() if "slots" in turn else {}
    for slot, value in turn.get("slots", {}).items():
        assert known.get(slot) == value, f"{where}: {slot} is {known.get(slot)!r}{said}"


def test_there_are_at_least_eighty_conversations() -> None:
    assert len(conversations()) >= 80
