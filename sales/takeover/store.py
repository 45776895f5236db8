"""Who answers a conversation: the assistant, or a colleague who has taken it over.

Every word to the visitor is a row of the outbox, in the order it was written, which
bot/delivery/visitor.py carries out. The caller opens the session and owns the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.office import Routes
from sales.outbox.tables import outbox
from sales.takeover.tables import takeovers
from sales.takeover.takeover import (
    CLOSED,
    ERASED,
    RELEASED,
    RELIEVED,
    RESTARTED,
    TIMEOUT,
    NoConversationError,
    Takeover,
)
from sales.takeover.telling import pass_on, tell_thread, tell_visitor
from sales.team.roles import Member

__all__ = [
    "CLOSED",
    "ERASED",
    "RELEASED",
    "RESTARTED",
    "TIMEOUT",
    "NoConversationError",
    "Takeover",
    "begin",
    "current",
    "current_of_lead",
    "end",
    "end_restarted",
    "end_silent",
    "forward",
    "is_said",
    "say",
    "takeover_by_id",
    "tell_absence",
]
NO_ROUTES = Routes()
ABSENT_TEXT = (
    "The visitor is not on the page now; they will read it when they come back. "
    "E-mail: use the contact in the card."
)
RESTARTED_TEXT = (
    "The visitor has begun a new conversation with the assistant and no longer reads this one. "
    "Use the contact in the card."
)


def begin(
    session: Session, conversation_id: str, lead_id: int, member: Member, now: datetime
) -> Takeover:
    """The member's takeover of the conversation: the open one, or a new one.

    The visitor hears of a new one, and whoever had the conversation is relieved. Raises
    NoConversationError.
    """
    if not conversation_id:
        raise NoConversationError
    known = current(session, conversation_id)
    if known and (known.member_id, known.lead_id) == (member.id, lead_id):
        return known
    if known:
        _close(session, known, RELIEVED, now)
    return _open(session, conversation_id, lead_id, member.id, member.name, now)


def say(session: Session, takeover: Takeover, text: str, key: str, now: datetime) -> None:
    """Say something to the visitor, once for each `key`.

    A takeover that has ended meanwhile begins again: what a colleague writes is never lost.
    """
    if is_said(session, key):
        return
    within = takeover if _touch(session, takeover, now) else _again(session, takeover, now)
    payload = {"author": takeover.author, "text": text, "takeover": within.id}
    tell_visitor(session, within, "said", _said_key(key), payload, now)


def is_said(session: Session, key: str) -> bool:
    """Whether something was said under this key before."""
    return bool(
        session.execute(sa.select(outbox.c.id).where(outbox.c.key == _said_key(key))).first()
    )


def end(session: Session, takeover: Takeover, why: str, now: datetime) -> bool:
    """Give the conversation back to the assistant; the visitor hears of it.

    `why` is "released", "timeout", "closed", "restarted" or "erased". False when it had ended
    already.
    """
    if not _close(session, takeover, why, now):
        return False
    payload = {"author": takeover.author, "why": why}
    tell_visitor(session, takeover, "left", f"visitor:takeover:{takeover.id}:left", payload, now)
    return True


CURRENT = (  # built once: every turn asks it twice
    sa.select(takeovers)
    .where(takeovers.c.conversation_id == sa.bindparam("conversation"))
    .where(takeovers.c.ended_at.is_(None))
    .order_by(takeovers.c.id.desc())
)


def current(session: Session, conversation_id: str) -> Takeover | None:
    """Who has the conversation now; None: the assistant."""
    found = session.execute(CURRENT, {"conversation": conversation_id})
    return _to_takeover(found.mappings().first())


def current_of_lead(session: Session, lead_id: int) -> Takeover | None:
    """The open takeover that serves this lead, or None."""
    return _first(session, takeovers.c.lead_id == lead_id)


def takeover_by_id(session: Session, takeover_id: int) -> Takeover | None:
    """The takeover, ended or not, or None."""
    query = sa.select(takeovers).where(takeovers.c.id == takeover_id)
    return _to_takeover(session.execute(query).mappings().first())


def end_silent(session: Session, now: datetime, minutes: int, routes: Routes = NO_ROUTES) -> int:
    """End the takeovers in which the colleague wrote nothing for so long; how many there were.

    The visitor and the lead's thread are told.
    """
    since = now - timedelta(minutes=minutes)
    is_silent = sa.and_(takeovers.c.ended_at.is_(None), takeovers.c.last_at <= since)
    found = session.execute(sa.select(takeovers).where(is_silent).order_by(takeovers.c.id))
    silent = [Takeover(**row) for row in found.mappings()]
    return sum(_end_silent(session, one, since, minutes, now, routes) for one in silent)


def end_restarted(
    session: Session, conversation_id: str, now: datetime, routes: Routes = NO_ROUTES
) -> Takeover | None:
    """End what is open in a conversation that its visitor has left for a new one.

    The colleague is told in the lead's thread. None when the assistant had the conversation.
    """
    takeover = current(session, conversation_id)
    if takeover is None or not end(session, takeover, RESTARTED, now):
        return None
    tell_thread(session, takeover, "restarted", RESTARTED_TEXT, now, routes)
    return takeover


def forward(
    session: Session,
    conversation_id: str,
    message_id: str,
    text: str,
    now: datetime,
    routes: Routes,
    heard_by: Takeover | None = None,
) -> bool:
    """Pass what the visitor wrote to the colleague who has the conversation, once per message.

    `heard_by` had it when the message came, so that one released meanwhile still gets it. False
    when nobody has it, or Slack is not connected: the desk reads the record.
    """
    takeover = current(session, conversation_id) or heard_by
    return takeover is not None and pass_on(session, takeover, message_id, text, now, routes)


def tell_absence(session: Session, takeover_id: int, now: datetime, routes: Routes) -> bool:
    """Tell the colleague, once in a takeover, that the visitor is not there to read."""
    takeover = takeover_by_id(session, takeover_id)
    if takeover is None:
        return False
    return tell_thread(session, takeover, "absent", ABSENT_TEXT, now, routes)


def _said_key(key: str) -> str:
    return f"visitor:said:{key}"


def _open(
    session: Session,
    conversation_id: str,
    lead_id: int,
    member_id: int,
    author: str,
    now: datetime,
) -> Takeover:
    row: dict[str, Any] = {
        "conversation_id": conversation_id,
        "lead_id": lead_id,
        "member_id": member_id,
        "author": author,
        "began_at": now,
        "last_at": now,
        "ended_why": "",
    }
    added: Any = session.execute(sa.insert(takeovers).values(row))
    takeover = Takeover(id=added.inserted_primary_key[0], ended_at=None, **row)
    key = f"visitor:takeover:{takeover.id}:joined"
    tell_visitor(session, takeover, "joined", key, {"author": author}, now)
    return takeover


def _again(session: Session, ended: Takeover, now: datetime) -> Takeover:
    """The takeover in which a colleague goes on whose own has ended: another's, or a new one."""
    known = current(session, ended.conversation_id)
    who = (ended.conversation_id, ended.lead_id, ended.member_id, ended.author)
    return known or _open(session, *who, now)


def _close(session: Session, takeover: Takeover, why: str, now: datetime) -> bool:
    return _update_open(session, takeover, ended_at=now, ended_why=why)


def _touch(session: Session, takeover: Takeover, now: datetime) -> bool:
    return _update_open(session, takeover, last_at=now)


def _end_silent(
    session: Session,
    takeover: Takeover,
    since: datetime,
    minutes: int,
    now: datetime,
    routes: Routes,
) -> bool:
    """False when the colleague has written while we looked."""
    if not _update_open(session, takeover, takeovers.c.last_at <= since, last_at=takeover.last_at):
        return False
    end(session, takeover, TIMEOUT, now)
    text = (
        f"{takeover.author} wrote nothing for {minutes} minutes, so the assistant answers the "
        "visitor again. A reply here takes over once more."
    )
    return tell_thread(session, takeover, "silent", text, now, routes) or True


def _update_open(session: Session, takeover: Takeover, *conditions: Any, **values: Any) -> bool:
    """Change the takeover if it has not ended; holds its row until the transaction ends."""
    is_open = (takeovers.c.id == takeover.id, takeovers.c.ended_at.is_(None))
    update = sa.update(takeovers).where(*is_open, *conditions).values(**values)
    updated: Any = session.execute(update)
    return bool(updated.rowcount)


def _first(session: Session, condition: Any) -> Takeover | None:
    query = sa.select(takeovers).where(condition, takeovers.c.ended_at.is_(None))
    return _to_takeover(session.execute(query.order_by(takeovers.c.id.desc())).mappings().first())


def _to_takeover(row: Mapping[str, Any] | None) -> Takeover | None:
    return Takeover(**{f.name: row[f.name] for f in fields(Takeover)}) if row else None
