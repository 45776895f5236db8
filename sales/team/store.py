"""Keeps the team. The caller opens the session and owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import EllipsisType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.contact import ContactError, parse_email
from sales.team.roles import ROLES, Member
from sales.team.tables import team_members

LONGEST_NAME = 60  # characters; a lead's history keeps 64


class TeamError(ValueError):
    """The team cannot be changed like that; the text says why, without personal data."""


def add_member(
    session: Session,
    name: str,
    email: str,
    role: str,
    now: datetime,
    slack_user_id: str | None = None,
) -> Member:
    """A new, active member without a password.

    Raises TeamError for an unusable name, address or role, or one that another member has.
    """
    email = _checked_email(email)
    slack_user_id = slack_user_id or None
    _refuse_taken(session, 0, {"email_key": email.lower(), "slack_user_id": slack_user_id})
    values = {
        "name": _checked_name(name),
        "email": email,
        "email_key": email.lower(),
        "role": _checked_role(role),
        "slack_user_id": slack_user_id,
        "is_active": True,
        "session_version": 0,
        "created_at": now,
    }
    added: Any = session.execute(sa.insert(team_members).values(values))
    return _needed(session, added.inserted_primary_key[0])


def find_member(session: Session, member_id: int) -> Member | None:
    """The member with this id, active or not, or None."""
    return _first(session, team_members.c.id == member_id)


def member_by_email(session: Session, email: str) -> Member | None:
    """The member with this address in any case, active or not, or None."""
    return _first(session, team_members.c.email_key == email.strip().lower())


def member_by_slack(session: Session, slack_user_id: str) -> Member | None:
    """The active member behind a Slack user, or None."""
    is_theirs = team_members.c.slack_user_id == slack_user_id
    return _first(session, is_theirs & team_members.c.is_active.is_(True))


def all_members(session: Session) -> list[Member]:
    """Every member by name, those who left included; [] if none."""
    query = sa.select(team_members).order_by(team_members.c.name, team_members.c.id)
    return [_to_member(row) for row in session.execute(query).mappings()]


def change_member(
    session: Session,
    member_id: int,
    *,
    name: str | None = None,
    role: str | None = None,
    slack_user_id: str | EllipsisType | None = ...,
    is_active: bool | None = None,
) -> Member:
    """The member with what is given changed; `slack_user_id=None` takes the Slack user away.

    Who is switched off must sign in again when switched on. Raises TeamError; the last active
    owner keeps role and account, so that somebody can always manage the team.
    """
    _lock_team(session)
    member = _needed(session, member_id)
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = _checked_name(name)
    if role is not None:
        values["role"] = _checked_role(role)
    if not isinstance(slack_user_id, EllipsisType):
        values["slack_user_id"] = slack_user_id or None
        _refuse_taken(session, member_id, {"slack_user_id": slack_user_id or None})
    if is_active is not None:
        values["is_active"] = is_active
        values["session_version"] = member.session_version + (member.is_active and not is_active)
    _keep_an_owner(session, member, values)
    if values:
        _update(session, member_id, values)
    return _needed(session, member_id)


def password_hash_of(session: Session, email: str) -> tuple[Member, str | None] | None:
    """The member with this address and their password hash, None without one; None if nobody."""
    key = email.strip().lower()
    query = sa.select(team_members).where(team_members.c.email_key == key)
    row = session.execute(query).mappings().first()
    return (_to_member(row), row["password_hash"]) if row else None


def set_password_hash(session: Session, member_id: int, password_hash: str) -> None:
    """Keeps the hash; everybody signed in as this member must sign in again."""
    raised = team_members.c.session_version + 1
    _update(session, member_id, {"password_hash": password_hash, "session_version": raised})


def _update(session: Session, member_id: int, values: Mapping[str, Any]) -> None:
    table = team_members
    changed: Any = session.execute(sa.update(table).where(table.c.id == member_id).values(values))
    if not changed.rowcount:
        raise TeamError(f"There is no team member {member_id}.")


def _keep_an_owner(session: Session, member: Member, values: Mapping[str, Any]) -> None:
    was_owner = member.role == "owner" and member.is_active
    role, is_active = values.get("role", "owner"), values.get("is_active", True)
    if not was_owner or (role == "owner" and is_active):
        return
    owners = [m for m in all_members(session) if m.role == "owner" and m.is_active]
    if len(owners) == 1:
        raise TeamError("This is the last active owner; make somebody else an owner first.")


def _lock_team(session: Session) -> None:
    """Changes come one at a time: two owners must not remove each other at once."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(team_members.c.id).order_by(team_members.c.id).with_for_update())
    else:  # SQLite has one writer: a write that changes nothing waits for the turn
        session.execute(sa.update(team_members).where(sa.false()).values(id=team_members.c.id))


def _refuse_taken(session: Session, member_id: int, values: Mapping[str, str | None]) -> None:
    told = {"email_key": "e-mail address", "slack_user_id": "Slack user"}
    for column, value in values.items():
        taken = (team_members.c[column] == value) & (team_members.c.id != member_id)
        if value and _first(session, taken):
            raise TeamError(f"Another team member has this {told[column]}.")


def _checked_name(name: str) -> str:
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise TeamError(f"A team member's name has 1 to {LONGEST_NAME} characters.")
    return name


def _checked_email(email: str) -> str:
    try:
        return parse_email(email, as_typed=True)
    except ContactError as error:
        raise TeamError(f"This e-mail address cannot be used. {error.hint}") from None


def _checked_role(role: str) -> str:
    if role not in ROLES:
        raise TeamError(f"A role is one of {', '.join(ROLES)}.")
    return role


def _needed(session: Session, member_id: int) -> Member:
    member = find_member(session, member_id)
    if member is None:
        raise TeamError(f"There is no team member {member_id}.")
    return member


def _first(session: Session, condition: Any) -> Member | None:
    row = session.execute(sa.select(team_members).where(condition)).mappings().first()
    return _to_member(row) if row else None


def _to_member(row: Mapping[str, Any]) -> Member:
    return Member(**{name: row[name] for name in Member.__dataclass_fields__})
