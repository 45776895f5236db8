"""What a client sends, checked: each event as a plain value, or a refusal that says what is wrong.

Nothing here believes the client: types, lengths and numbers are checked, unknown keys are dropped.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from bot.channels.admission import CONTROL_CHARACTERS

MESSAGE_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
LONGEST_COMMENT = 1_000  # characters
MOST_MESSAGES = 10_000_000  # the highest number a bot message can have
VALUES = ("up", "down")
FORM_FIELDS = ("name", "reach", "company", "note")


class RefusedError(Exception):
    """Understood, but not done. `code` is for the widget, `reply` names the text for the visitor.

    `fields` says what is wrong with each field of a form, `retry_after_s` when to try again.
    """

    def __init__(
        self,
        code: str,
        reply: str,
        fields: dict[str, str] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.reply, self.fields = code, reply, fields or {}
        self.retry_after_s = retry_after_s


def bad_request() -> RefusedError:
    """The event is not what the protocol describes."""
    return RefusedError("bad_request", "say_bad_request")


@dataclass(frozen=True)
class SessionRequest:
    token: object = field(repr=False)
    protocol: int | None
    last_seen: int


@dataclass(frozen=True)
class Uttered:
    text: str = field(repr=False)
    message_id: str


@dataclass(frozen=True)
class ContactValues:
    """A contact form as it came, not yet judged."""

    name: str = field(repr=False)
    reach: str = field(repr=False)
    company: str = field(repr=False)
    note: str = field(repr=False)
    consent: bool
    message_id: str


@dataclass(frozen=True)
class Thumb:
    message: int
    value: str


@dataclass(frozen=True)
class Stars:
    stars: int
    comment: str = field(repr=False)


def as_object(data: object) -> dict[str, Any]:
    """The data of an event; {} when there is none."""
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise bad_request()
    return data


def session_request(data: dict[str, Any]) -> SessionRequest:
    """Never refused: what is unusable begins a new session."""
    protocol = _number(data.get("protocol"), 1, MOST_MESSAGES)
    return SessionRequest(
        data.get("session_id"),
        None if protocol is None else 1,
        _number(data.get("last_seen"), 0, MOST_MESSAGES) or 0,
    )


def uttered(data: dict[str, Any]) -> Uttered:
    return Uttered(_text(data.get("message")), _message_id(data))


def contact_values(data: dict[str, Any]) -> ContactValues:
    values = data.get("values")
    if data.get("form") != "contact" or not isinstance(values, dict):
        raise bad_request()
    texts = {name: _text(values.get(name, "")) for name in FORM_FIELDS}
    return ContactValues(
        **texts, consent=values.get("consent") is True, message_id=_message_id(data)
    )


def thumb(data: dict[str, Any]) -> Thumb:
    message, value = _number(data.get("message"), 1, MOST_MESSAGES), data.get("value")
    if message is None or not isinstance(value, str) or value not in VALUES:
        raise bad_request()
    return Thumb(message, value)


def stars(data: dict[str, Any]) -> Stars:
    given = _number(data.get("stars"), 1, 5)
    if given is None:
        raise bad_request()
    comment = CONTROL_CHARACTERS.sub("", _text(data.get("comment") or ""))
    return Stars(given, comment[:LONGEST_COMMENT])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise bad_request()
    return value


def _message_id(data: dict[str, Any]) -> str:
    """The client's id of the message; a client without ids cannot repeat one."""
    given = data.get("message_id")
    if given is None:
        return uuid.uuid4().hex
    if not isinstance(given, str) or not MESSAGE_ID.fullmatch(given):
        raise bad_request()
    return given


def _number(value: object, lowest: int, highest: int) -> int | None:
    """The value when it is a whole number in these bounds, else None."""
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        return None
    return value
