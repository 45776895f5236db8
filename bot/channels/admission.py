"""What a visitor may say: text, within bounds; button payloads only when the bot issued them."""

from __future__ import annotations

import re
from collections.abc import Callable, Container

from bot.nlg import action_responses
from bot.record import WORD_JOINER
from sales.database import open_engine, transaction
from sales.rasa_events import buttons_shown
from sales.settings import Settings

LONGEST_MESSAGE = 2_000  # characters
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class TooLongError(ValueError):
    """The message is longer than LONGEST_MESSAGE; answer with `say_too_long`."""


def admit(sender_id: str, text: str) -> str:
    """The text as the assistant may read it; see `admitted`. Raises TooLongError."""
    return admitted(text, lambda: issued_payloads(sender_id))


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


def issued_payloads(conversation_id: str) -> Container[str]:
    """The payloads of the buttons that the bot has shown lately in this conversation."""
    with transaction(open_engine(Settings.from_env().database_url)) as session:
        return buttons_shown(session, conversation_id)


def plain_response(name: str) -> str:
    """The text of a response without variables, for channels that answer by themselves."""
    return str(action_responses()[name][0]["text"])
