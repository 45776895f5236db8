"""What was said with a lead: the conversation as it is now, and what was handed over earlier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.record import EVENTS, BotMessage, Message, Record, VisitorMessage
from sales.leads.lead import Lead
from sales.outbox.tables import outbox

VISITOR, ASSISTANT, COLLEAGUE, NOTICE = "visitor", "bot", "colleague", "notice"
NAMES = {VISITOR: "Visitor", ASSISTANT: "Assistant"}
_with_conversations: set[str] = set()  # databases that have the assistant's table


@dataclass(frozen=True)
class Line:
    """One message as a colleague reads it."""

    kind: str  # visitor, bot, colleague or notice
    author: str
    text: str = field(repr=False)
    at: datetime | None
    choices: tuple[str, ...] = ()  # titles of the buttons below it
    trouble: str = ""  # why the visitor has not read it yet


def undelivered(session: Session, lead_id: int) -> list[Line]:
    """What colleagues wrote to the visitor and the record does not have yet, oldest first."""
    query = (
        sa.select(outbox.c.payload, outbox.c.created_at, outbox.c.dead_at)
        .where(outbox.c.lead_id == lead_id, outbox.c.delivered_at.is_(None))
        .where(outbox.c.channel == VISITOR, outbox.c.kind == "said")
        .order_by(outbox.c.id)
    )
    return [
        Line(
            COLLEAGUE, row.payload["author"], row.payload["text"], row.created_at,
            trouble="not delivered" if row.dead_at else "on its way",
        )
        for row in session.execute(query)
    ]  # fmt: skip


def has_conversations(engine: Engine) -> bool:
    """Whether the assistant has run on this database: its table is made by Rasa."""
    name = str(engine.url)
    if name not in _with_conversations and sa.inspect(engine).has_table(EVENTS.name):
        _with_conversations.add(name)
    return name in _with_conversations


class Transcripts:
    """Reads conversations for all pages of a desk; requests come in several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._record, self._turn = engine, Record(engine), Lock()

    def of(self, lead: Lead) -> tuple[list[Line], list[Line]]:
        """(what was handed over earlier, the conversation as it is now), oldest first.

        Without a live conversation everything that was handed over is the second.
        """
        live = [_line(message) for message in self._messages(lead.conversation_id)]
        stored = [_stored_line(line) for line in lead.transcript]
        if not live:
            return [], stored
        began = next((line.at for line in live if line.at), None)
        return [line for line in stored if line.at and began and line.at < began], live

    def _messages(self, conversation_id: str) -> Iterable[Message]:
        if not conversation_id or not has_conversations(self._engine):
            return ()
        with self._turn:
            return tuple(self._record.read(conversation_id).messages)


def _line(message: Message) -> Line:
    at = datetime.fromisoformat(message.at)
    if isinstance(message, VisitorMessage):
        return Line(VISITOR, NAMES[VISITOR], message.text, at)
    return Line(
        _kind(message), message.author or NAMES[ASSISTANT], message.text, at, _choices(message)
    )


def _kind(message: BotMessage) -> str:
    if message.is_notice:
        return NOTICE
    return COLLEAGUE if message.author else ASSISTANT


def _choices(message: BotMessage) -> tuple[str, ...]:
    return tuple(title for title, _payload in message.buttons)


def _stored_line(line: Mapping[str, Any]) -> Line:
    who, at = str(line.get("who") or ASSISTANT), line.get("at")
    kind = who if who in NAMES else COLLEAGUE
    when = datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else None
    return Line(kind, NAMES.get(who, who), str(line.get("text") or ""), when)
