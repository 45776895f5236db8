"""Who works here and what each role may do. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ROLES = ("rep", "engineer", "manager", "owner")
EVERYONE = frozenset(ROLES)
ROLE_NAMES = {"rep": "reps", "engineer": "engineers", "manager": "managers", "owner": "owners"}


@dataclass(frozen=True)
class Member:
    """A colleague. The role decides what they may do, and an inactive one may do nothing."""

    id: int
    name: str = field(repr=False)
    email: str = field(repr=False)
    role: str
    slack_user_id: str | None
    is_active: bool
    session_version: int  # raised when everybody signed in as this member must sign in again


SYSTEM = Member(0, "The assistant", "", "owner", None, True, 0)  # acts for the SLA clock

_MANAGERS = frozenset(("manager", "owner"))
PERMISSIONS: Mapping[str, frozenset[str]] = {  # house rules
    "view": EVERYONE,
    "claim": EVERYONE,
    "reply": EVERYONE,
    "note": EVERYONE,
    "snooze": EVERYONE,
    "escalate": EVERYONE,
    "close": EVERYONE,
    "reopen": EVERYONE,
    "dashboard": EVERYONE,
    "questions": EVERYONE - {"rep"},
    "reassign": _MANAGERS,
    "merge": _MANAGERS,
    "export": _MANAGERS,
    "catalog": _MANAGERS,
    "outbox": _MANAGERS,
    "erase": frozenset(("owner",)),
    "team": frozenset(("owner",)),
}


class NotAllowedError(ValueError):
    """This member may not do that; the text says who may, for the member to read."""


def may(member: Member, action: str) -> bool:
    """Whether the member's role allows the action, one of PERMISSIONS."""
    return member.is_active and member.role in PERMISSIONS[action]


def check(member: Member, action: str) -> None:
    """Raises NotAllowedError, naming the roles that may, unless the member may."""
    if not member.is_active:
        raise NotAllowedError("Your account is switched off; an owner can switch it on.")
    if not may(member, action):
        allowed = [ROLE_NAMES[role] for role in ROLES if role in PERMISSIONS[action]]
        raise NotAllowedError(f"Only {' and '.join(allowed)} may do that ({action}).")
