"""The team in a real database: who is who, and somebody can always manage it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.team.roles import Member
from sales.team.store import (
    TeamError,
    add_member,
    all_members,
    change_member,
    find_member,
    member_by_email,
    member_by_slack,
    password_hash_of,
    set_password_hash,
)

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)


def add(engine: Engine, name: str = "Ann Rep", role: str = "rep", **values: str) -> Member:
    email = values.pop("email", f"{name.partition(' ')[0]}@Example.com")
    with transaction(engine) as session:
        return add_member(session, name, email, role, NOON, **values)


def test_a_member_is_found_by_every_name_they_have(engine: Engine) -> None:
    ann = add(engine, slack_user_id="U1")

    with transaction(engine) as session:
        assert find_member(session, ann.id) == ann
        assert member_by_email(session, " ann@EXAMPLE.com ") == ann
        assert member_by_slack(session, "U1") == ann
        assert find_member(session, ann.id + 1) is None
        assert member_by_email(session, "ben@example.com") is None
        assert member_by_slack(session, "U2") is None
    assert (ann.name, ann.role, ann.is_active, ann.session_version) == ("Ann Rep", "rep", True, 0)


def test_who_has_left_is_nobody_in_slack_but_stays_in_the_list(engine: Engine) -> None:
    ann, ben = add(engine, slack_user_id="U1"), add(engine, "Ben Rep")

    with transaction(engine) as session:
        left = change_member(session, ann.id, is_active=False)

    with transaction(engine) as session:
        assert member_by_slack(session, "U1") is None
        assert member_by_email(session, ann.email) == left
        assert all_members(session) == [left, ben]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name": "", "email": "x@example.com"}, "1 to 60 characters"),
        ({"name": "x" * 61, "email": "x@example.com"}, "1 to 60 characters"),
        ({"email": "ann at example"}, "e-mail address cannot be used"),
        ({"role": "boss", "email": "x@example.com"}, "rep, engineer, manager, owner"),
        ({"name": "Other", "email": "ANN@example.com"}, "has this e-mail address"),
        ({"name": "Other", "slack_user_id": "U1"}, "has this Slack user"),
    ],
)
def test_a_member_who_cannot_be_added_and_why(
    engine: Engine, values: dict[str, str], says: str
) -> None:
    add(engine, slack_user_id="U1")

    with pytest.raises(TeamError, match=says) as refused:
        add(engine, **values)
    assert not any(word in str(refused.value) for word in ("ANN", "ann at", "example", "xxx"))


def test_what_is_changed_and_what_stays(engine: Engine) -> None:
    ann = add(engine, slack_user_id="U1")

    with transaction(engine) as session:
        promoted = change_member(session, ann.id, name="Ann  Lee\n", role="engineer")
        assert (promoted.name, promoted.role, promoted.slack_user_id) == (
            "Ann Lee",
            "engineer",
            "U1",
        )
        assert change_member(session, ann.id, slack_user_id=None).slack_user_id is None
        assert change_member(session, ann.id) == find_member(session, ann.id)
        with pytest.raises(TeamError, match="no team member 999"):
            change_member(session, 999, name="Nobody")


def test_a_slack_user_belongs_to_one_member(engine: Engine) -> None:
    add(engine, slack_user_id="U1")
    ben = add(engine, "Ben Rep")

    with transaction(engine) as session, pytest.raises(TeamError, match="has this Slack user"):
        change_member(session, ben.id, slack_user_id="U1")


@pytest.mark.parametrize("change", [{"role": "manager"}, {"is_active": False}])
def test_the_last_active_owner_stays(engine: Engine, change: dict[str, object]) -> None:
    owner, former = add(engine, "Olga Owner", "owner"), add(engine, "Otto Owner", "owner")
    with transaction(engine) as session:
        change_member(session, former.id, is_active=False)

    with transaction(engine) as session, pytest.raises(TeamError, match="last active owner"):
        change_member(session, owner.id, **change)  # type: ignore[arg-type]

    with transaction(engine) as session:
        change_member(session, former.id, is_active=True)
        change_member(session, owner.id, **change)  # type: ignore[arg-type]
        assert find_member(session, owner.id) != owner


def test_two_owners_who_demote_each_other_at_once_leave_one(engine: Engine) -> None:
    owners = [add(engine, "Olga Owner", "owner"), add(engine, "Otto Owner", "owner")]
    start = Barrier(2)

    def demote(owner: Member) -> str:
        start.wait(timeout=30)
        try:
            with transaction(engine) as session:
                change_member(session, owner.id, role="rep")
        except TeamError:
            return "refused"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, owners)) == ["done", "refused"]
    with transaction(engine) as session:
        assert sorted(member.role for member in all_members(session)) == ["owner", "rep"]


def test_a_new_password_ends_every_session(engine: Engine) -> None:
    ann = add(engine)
    with transaction(engine) as session:
        assert password_hash_of(session, ann.email) == (ann, None)
        set_password_hash(session, ann.id, "argon2-hash")

    with transaction(engine) as session:
        found = password_hash_of(session, ann.email.upper())
        assert password_hash_of(session, "nobody@example.com") is None
        with pytest.raises(TeamError):
            set_password_hash(session, 999, "argon2-hash")
    assert found is not None
    assert (found[0].session_version, found[1]) == (1, "argon2-hash")


def test_switching_somebody_off_ends_their_sessions_for_good(engine: Engine) -> None:
    ann = add(engine)

    with transaction(engine) as session:
        change_member(session, ann.id, is_active=False)
        change_member(session, ann.id, is_active=False)
        assert change_member(session, ann.id, is_active=True).session_version == 1
