"""Each role may do what the house decided, and a refusal says who may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sales.team.roles import PERMISSIONS, ROLES, SYSTEM, Member, NotAllowedError, check, may

ANN = Member(7, "Ann Rep", "ann@example.com", "rep", "U1", True, 0)
FROM_ROLE = {  # action -> the lowest role that may
    "view": "rep", "claim": "rep", "reply": "rep", "note": "rep", "snooze": "rep",
    "escalate": "rep", "close": "rep", "reopen": "rep", "dashboard": "rep",
    "questions": "engineer",
    "reassign": "manager", "merge": "manager", "export": "manager", "catalog": "manager",
    "outbox": "manager",
    "erase": "owner", "team": "owner",
}  # fmt: skip


def test_every_action_has_a_row_in_this_test() -> None:
    assert set(FROM_ROLE) == set(PERMISSIONS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", sorted(PERMISSIONS))
def test_the_matrix_of_permissions(action: str, role: str) -> None:
    expected = ROLES.index(role) >= ROLES.index(FROM_ROLE[action])

    assert may(replace(ANN, role=role), action) is expected


@pytest.mark.parametrize("action", sorted(PERMISSIONS))
def test_who_is_switched_off_may_do_nothing(action: str) -> None:
    left = replace(ANN, role="owner", is_active=False)

    assert not may(left, action)
    with pytest.raises(NotAllowedError, match="switched off"):
        check(left, action)


def test_a_refusal_names_the_roles_that_may() -> None:
    with pytest.raises(NotAllowedError, match="Only managers and owners may do that"):
        check(ANN, "merge")
    check(replace(ANN, role="manager"), "merge")


def test_the_sla_clock_may_do_everything() -> None:
    assert all(may(SYSTEM, action) for action in PERMISSIONS)


def test_a_log_never_shows_a_colleague() -> None:
    assert "Ann" not in repr(ANN)
    assert "example.com" not in repr(ANN)
