"""Owners look after the team: who is in it, as what, and with which password."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.team.roles import Member
from sales.team.store import member_by_email, member_by_slack
from sales.team.tables import team_members
from tests.integration.desk.conftest import Browser

Desk = Callable[[str], Browser]
ANA = {"name": "Ana Ruiz", "email": "ana@example.com", "role": "engineer", "slack_user_id": "U01"}


def found(engine: Engine, email: str) -> Member:
    with transaction(engine) as session:
        member = member_by_email(session, email)
    assert member is not None
    return member


def shown_password(page: str) -> str:
    shown = re.search(r'class="secret"[^>]*>([^<]+)<', page)
    assert shown, page
    return shown[1]


def test_a_new_member_signs_in_with_the_password_that_was_shown_once(
    at_desk: Desk, browser: Browser, engine: Engine
) -> None:
    answer = at_desk("owner").post("/team/new", **ANA, with_password="yes")

    assert re.fullmatch(r"(\w{5}-){3}\w{5}", shown_password(answer.text))
    assert browser.sign_in("ana@example.com", shown_password(answer.text)).status_code == 303
    member = found(engine, "ana@example.com")
    assert (member.name, member.role, member.slack_user_id) == ("Ana Ruiz", "engineer", "U01")


def test_the_password_is_in_no_cookie_and_no_log(
    at_desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    owner = at_desk("owner")
    with caplog.at_level("INFO"):
        answer = owner.post("/team/new", **ANA, with_password="yes")

    password = shown_password(answer.text)
    assert "set-cookie" not in answer.headers
    assert password not in caplog.text
    assert "ana@example.com" not in caplog.text


def test_without_a_password_there_is_none(at_desk: Desk, engine: Engine) -> None:
    at_desk("owner").post("/team/new", **ANA)

    with transaction(engine) as session:
        query = sa.select(team_members.c.password_hash).where(team_members.c.name == "Ana Ruiz")
        assert session.execute(query).scalar_one() is None


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("email", "owner@example.com", "Another team member has this e-mail address."),
        ("email", "no address", "This e-mail address cannot be used."),
        ("name", " ", "name has 1 to 60 characters"),
        ("role", "king", "A role is one of rep, engineer, manager, owner."),
    ],
)
def test_what_cannot_be_is_refused_and_stays_typed_in(
    at_desk: Desk, engine: Engine, field: str, text: str, told: str
) -> None:
    answer = at_desk("owner").post("/team/new", **{**ANA, field: text})

    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="U01"' in answer.text
    with transaction(engine) as session:
        assert member_by_slack(session, "U01") is None


def test_an_owner_changes_role_name_and_slack_user(
    at_desk: Desk, hire: Callable[..., Member], engine: Engine
) -> None:
    owner, member = at_desk("owner"), hire("rep")

    answer = owner.post(
        f"/team/{member.id}", name="Rita R.", role="manager", slack_user_id="U9", is_active="yes"
    )

    assert answer.headers["location"] == "/team"
    changed = found(engine, "rep@example.com")
    assert (changed.name, changed.role, changed.slack_user_id) == ("Rita R.", "manager", "U9")
    assert "Rita R." in owner.get("/team").text


def test_a_new_role_holds_at_once(at_desk: Desk, engine: Engine) -> None:
    owner, rep = at_desk("owner"), at_desk("rep")
    assert rep.get("/catalog/import").status_code == 403

    member = found(engine, "rep@example.com")
    owner.post(f"/team/{member.id}", name=member.name, role="manager", is_active="yes")

    assert rep.get("/catalog/import").status_code == 200


def test_an_owner_switches_a_member_off(at_desk: Desk, engine: Engine) -> None:
    owner, rep = at_desk("owner"), at_desk("rep")
    member = found(engine, "rep@example.com")

    owner.post(f"/team/{member.id}", name=member.name, role="rep")

    assert rep.get("/catalog").headers["location"].startswith("/sign-in")
    assert "switched off" in owner.get("/team").text


def test_the_last_owner_stays_owner(at_desk: Desk, engine: Engine) -> None:
    owner = at_desk("owner")
    member = found(engine, "owner@example.com")

    demoted = owner.post(f"/team/{member.id}", name="O", role="rep", is_active="yes")
    switched_off = owner.post(f"/team/{member.id}", name="O", role="owner")

    for answer in (demoted, switched_off):
        assert answer.status_code == 422
        assert "This is the last active owner" in answer.text
    assert found(engine, "owner@example.com").role == "owner"


def test_a_reset_password_works_and_ends_the_old_sessions(
    at_desk: Desk, browser: Browser, engine: Engine
) -> None:
    owner, rep = at_desk("owner"), at_desk("rep")
    member = found(engine, "rep@example.com")

    page = owner.post(f"/team/{member.id}/password").text

    assert rep.get("/account").status_code == 303
    assert browser.sign_in("rep@example.com").status_code == 403
    assert browser.sign_in("rep@example.com", shown_password(page)).status_code == 303


def test_an_owner_who_resets_their_own_password_stays_signed_in(
    at_desk: Desk, engine: Engine
) -> None:
    owner = at_desk("owner")

    owner.post(f"/team/{found(engine, 'owner@example.com').id}/password")

    assert owner.get("/team").status_code == 200


@pytest.mark.parametrize("number", ["999", "9" * 30])
def test_nobody_by_that_number(at_desk: Desk, number: str) -> None:
    assert at_desk("owner").get(f"/team/{number}").status_code == 404
