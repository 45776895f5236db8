"""The signed cookie that says who is at the desk, and since when.

It ends when nothing was opened for IDLE_TIMEOUT, after ABSOLUTE_TIMEOUT, on sign-out (the session
is then kept as ended, so that a copied cookie is worth nothing), and when the member's
session_version changes (a new password, another role, a member who left).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.requests import Request

from sales.database import transaction
from sales.team.roles import Member
from sales.team.store import find_member
from sales.team.tables import ended_sessions

IDLE_TIMEOUT = timedelta(hours=8)
ABSOLUTE_TIMEOUT = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)  # how exactly the idle time is measured


def begin(request: Request, member: Member) -> None:
    """Signs the member in, in a new session: nothing of the old one stays."""
    now = request.app.state.clock().timestamp()
    request.session.clear()
    request.session.update(
        id=secrets.token_urlsafe(24),
        member=member.id,
        version=member.session_version,
        began=now,
        seen=now,
        csrf=secrets.token_urlsafe(24),
    )


def end(request: Request) -> None:
    """Signs out: this session is over even for a copy of its cookie."""
    session_id = request.session.get("id")
    if session_id:
        with transaction(request.app.state.engine) as session:
            _remember_ended(session, session_id, request.app.state.clock())
    request.session.clear()


def signed_in_member(request: Request) -> Member | None:
    """The active member whose session this is, or None; what has run out is cleared."""
    if "member" not in request.session:
        return None
    now = request.app.state.clock()
    member = _member_of(request) if _is_in_time(request, now) else None
    if member is None:
        request.session.clear()
    elif not _is_stream(request) and now - _time(request, "seen") >= SEEN_EVERY:
        request.session["seen"] = now.timestamp()
    return member


def is_still_signed_in(request: Request) -> bool:
    """Whether the session a page or stream began with still holds; changes nothing."""
    now = request.app.state.clock()
    return _is_in_time(request, now, with_idle=False) and _member_of(request) is not None


def csrf_token(request: Request) -> str:
    """What a form has to send back; one for each session, made when first asked for."""
    token: str = request.session.get("csrf") or secrets.token_urlsafe(24)
    if "csrf" not in request.session:
        request.session["csrf"] = token
    return token


def _member_of(request: Request) -> Member | None:
    values = request.session
    with transaction(request.app.state.engine) as session:
        member = find_member(session, values["member"])
        has_ended = _has_ended(session, values["id"])
    if member is None or has_ended or not member.is_active:
        return None
    return member if member.session_version == values["version"] else None


def _is_in_time(request: Request, now: datetime, *, with_idle: bool = True) -> bool:
    if now - _time(request, "began") >= ABSOLUTE_TIMEOUT:
        return False
    return not with_idle or now - _time(request, "seen") < IDLE_TIMEOUT


def _time(request: Request, name: str) -> datetime:
    return datetime.fromtimestamp(request.session[name], UTC)


def _is_stream(request: Request) -> bool:
    """A tab that is left open asks for events by itself; that is nobody at work."""
    return "text/event-stream" in request.headers.get("Accept", "")


def _key(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()


def _has_ended(session: Session, session_id: str) -> bool:
    query = sa.select(ended_sessions.c.key).where(ended_sessions.c.key == _key(session_id))
    return session.execute(query).first() is not None


def _remember_ended(session: Session, session_id: str, now: datetime) -> None:
    session.execute(sa.delete(ended_sessions).where(ended_sessions.c.until < now))
    if not _has_ended(session, session_id):
        row = {"key": _key(session_id), "until": now + ABSOLUTE_TIMEOUT}
        session.execute(sa.insert(ended_sessions).values(**row))
