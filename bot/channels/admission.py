"""What a visitor may say: text, within bounds; button payloads only when the bot issued them."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from typing import Any

from rasa.core.agent import Agent
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlg import action_responses
from bot.record import WORD_JOINER

LONGEST_MESSAGE = 2_000  # characters
REMEMBERED_MESSAGES = 200  # bot messages whose buttons still work
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class TooLongError(ValueError):
    """The message is longer than LONGEST_MESSAGE; answer with `say_too_long`."""


async def admit(agent: Agent, sender_id: str, text: str) -> str:
    """The text as the assistant may read it; see `admitted`. Raises TooLongError."""
    if not CONTROL_CHARACTERS.sub("", text).strip().startswith("/"):
        return admitted(text, frozenset)
    tracker = await agent.tracker_store.retrieve(sender_id)
    return admitted(text, lambda: issued_payloads(tracker) if tracker else set())


def admitted(text: str, issued: Callable[[], Container[str]]) -> str:
    """The text as the assistant may read it.

    Control characters are dropped. Text that begins with `/` is a command to Rasa: it passes
    only when it is a payload that the bot put on a button of this conversation (`issued`); typed
    by a visitor it becomes plain text. Raises TooLongError.
    """
    if len(text) > LONGEST_MESSAGE:
        raise TooLongError(f"{len(text)} characters, at most {LONGEST_MESSAGE} are read.")
    text = CONTROL_CHARACTERS.sub("", text)
    if not text.strip().startswith("/") or text.strip() in issued():
        return text
    return WORD_JOINER + text.strip()


def issued_payloads(tracker: DialogueStateTracker) -> set[str]:
    """The payloads of the buttons that the bot has shown lately in this conversation."""
    said = [event for event in tracker.events if isinstance(event, BotUttered)]
    return {button.get("payload", "") for button in _buttons(said[-REMEMBERED_MESSAGES:])} - {""}


def _buttons(said: Iterable[BotUttered]) -> Iterable[dict[str, Any]]:
    for message in said:
        yield from message.data.get("buttons") or []


def plain_response(name: str) -> str:
    """The text of a response without variables, for channels that answer by themselves."""
    return str(action_responses()[name][0]["text"])
