"""Accounts of the desk: making one, setting its password, checking a sign-in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from desk.auth import throttle
from desk.auth.passwords import Passwords, check_password
from sales.database import transaction
from sales.team.roles import Member
from sales.team.store import (
    TeamError,
    add_member,
    all_members,
    find_member,
    password_hash_of,
    set_password_hash,
)


class WrongPasswordError(ValueError):
    """E-mail or password is wrong; it does not say which."""

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is not right.")


def create_user(
    session: Session, email: str, name: str, role: str, password: str, now: datetime
) -> Member:
    """A new member who can sign in with the password.

    Raises PasswordError or TeamError; what they say is for the person at the keyboard.
    """
    check_password(password, email, name)
    member = add_member(session, name, email, role, now)
    return set_password(session, member, password, Passwords())


def set_password(session: Session, member: Member, password: str, passwords: Passwords) -> Member:
    """The member with the new password; whoever was signed in as them must sign in again."""
    check_password(password, member.email, member.name)
    return _keep_hash(session, member, passwords.hash(password))


def has_owner(session: Session) -> bool:
    """Whether somebody can manage the team."""
    return any(member.role == "owner" and member.is_active for member in all_members(session))


def sign_in(
    engine: Engine, passwords: Passwords, email: str, password: str, address: str, now: datetime
) -> Member:
    """The active member with this e-mail address and password.

    Raises WrongPasswordError, or TooManyAttemptsError. It takes as long for an address that
    nobody has.
    """
    attempt = throttle.begin_attempt(engine, email, address, now)
    with transaction(engine) as session:
        member, kept = password_hash_of(session, email) or (None, None)
    is_right = passwords.matches(kept, password)
    if not is_right or member is None or not member.is_active:
        raise WrongPasswordError
    throttle.succeeded(engine, attempt)
    if kept and passwords.is_dated(kept):
        with transaction(engine) as session:
            member = _keep_hash(session, member, passwords.hash(password))
    return member


def change_password(
    engine: Engine,
    passwords: Passwords,
    member: Member,
    current: str,
    new: str,
    address: str,
    now: datetime,
) -> Member:
    """The member with the password of their own choice. Raises like `sign_in`; PasswordError."""
    sign_in(engine, passwords, member.email, current, address, now)
    with transaction(engine) as session:
        return set_password(session, member, new, passwords)


def _keep_hash(session: Session, member: Member, password_hash: str) -> Member:
    set_password_hash(session, member.id, password_hash)
    changed = find_member(session, member.id)
    if changed is None:
        raise TeamError(f"There is no team member {member.id}.")
    return changed
