"""Each role at each address of the desk: who gets in is what sales.team.roles says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from desk.access import PUBLIC, SIGNED_IN, access_of, requires
from desk.app import create_app
from sales.team.roles import PERMISSIONS, ROLES
from tests.integration.desk.conftest import Browser, Open

Desk = Callable[[str], Browser]
NEEDED = {  # to open it, and to change something there
    "/": SIGNED_IN,
    "/health": PUBLIC,
    "/ready": PUBLIC,
    "/sign-in": PUBLIC,
    "/sign-in/company": PUBLIC,
    "/sign-in/company/callback": PUBLIC,
    "/sign-out": PUBLIC,
    "/account": SIGNED_IN,
    "/account/password": SIGNED_IN,
    "/inbox": "view",
    "/inbox/list": "view",
    "/inbox/export": "export",
    "/events/inbox": "view",
    "/events/leads/{lead_id:int}": "view",
    "/leads/{lead_id:int}": "view",
    "/leads/{lead_id:int}/now": "view",
    "/leads/{lead_id:int}/claim": "claim",
    "/leads/{lead_id:int}/reply": "reply",
    "/leads/{lead_id:int}/note": "note",
    "/leads/{lead_id:int}/snooze": "snooze",
    "/leads/{lead_id:int}/escalate": "escalate",
    "/leads/{lead_id:int}/close": "close",
    "/leads/{lead_id:int}/reopen": "reopen",
    "/leads/{lead_id:int}/release": "view",  # whoever answers the visitor may stop
    "/leads/{lead_id:int}/reassign": "view",  # one's own lead may be handed on by anybody
    "/leads/{lead_id:int}/merge": "merge",
    "/leads/{lead_id:int}/erase": "erase",
    "/questions": "questions",
    "/questions/export": "questions",
    "/questions/{group}/assign": "questions",
    "/questions/{group}/dismiss": "questions",
    "/questions/{group}/reopen": "questions",
    "/dashboard": "dashboard",
    "/catalog": "view",
    "/catalog/product": "view",
    "/catalog/export": "catalog",
    "/catalog/edit": "catalog",
    "/catalog/new": "catalog",
    "/catalog/import": "catalog",
    "/catalog/import/template.csv": "catalog",
    "/catalog/import/{token}": "catalog",
    "/catalog/import/{token}/discard": "catalog",
    "/catalog/import/{token}/problems.csv": "catalog",
    "/team": "team",
    "/team/new": "team",
    "/team/{member_id:int}": "team",
    "/team/{member_id:int}/password": "team",
    "/outbox": "outbox",
    "/outbox/retry-all": "outbox",
    "/outbox/{row_id:int}/retry": "outbox",
}


def pages(app: Starlette) -> Iterator[tuple[str, str, str, str]]:
    """Method, address as declared, address to open, and access of every route."""
    for route in app.routes:
        if isinstance(route, Route):
            method = "POST" if "POST" in (route.methods or ()) else "GET"
            opened = re.sub(r"\{\w+:int\}", "999999", route.path)
            yield method, route.path, re.sub(r"\{\w+\}", "x" * 32, opened), access_of(route)


def ask(browser: Browser, method: str, address: str) -> int:
    is_stream = address.startswith("/events")
    if method == "GET":
        headers = {"Accept": "text/event-stream"} if is_stream else {}
        return browser.get(address, headers=headers).status_code
    return browser.post(address).status_code


def test_every_address_requires_what_it_should(app: Starlette) -> None:
    required = {(path, access) for _, path, _, access in pages(app)}

    assert required == set(NEEDED.items())


def test_only_signing_in_and_out_and_health_are_open_to_strangers(app: Starlette) -> None:
    public = {path for _, path, _, access in pages(app) if access == PUBLIC}

    assert public == {path for path, access in NEEDED.items() if access == PUBLIC}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_refused_exactly_where_it_has_no_permission(
    app: Starlette, at_desk: Desk, role: str
) -> None:
    browser = at_desk(role)

    for method, path, address, access in pages(app):
        if access == PUBLIC or path.startswith("/events"):
            continue
        is_allowed = access == SIGNED_IN or role in PERMISSIONS[access]
        status = ask(browser, method, address)
        assert (status != 403) is is_allowed, f"{role}: {method} {path} gave {status}"


def test_a_stranger_is_sent_to_sign_in_from_everywhere(app: Starlette, browser: Browser) -> None:
    for method, path, address, access in pages(app):
        if access != PUBLIC:
            wanted = 401 if path.startswith("/events") else 303
            answer = browser.client.request(
                method, address, headers={"Accept": "text/event-stream"} if wanted == 401 else {}
            )
            assert answer.status_code == wanted, f"{method} {path}"
            assert wanted == 401 or answer.headers["location"].startswith("/sign-in")


def test_the_refusal_says_who_may(at_desk: Desk) -> None:
    page = at_desk("rep").get("/team").text

    assert "Only owners may do that (team)." in page


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("rep", ["Inbox", "Dashboard", "Catalog"]),
        ("engineer", ["Inbox", "Questions", "Dashboard", "Catalog"]),
        ("manager", ["Inbox", "Questions", "Dashboard", "Catalog", "Outbox"]),
        ("owner", ["Inbox", "Questions", "Dashboard", "Catalog", "Team", "Outbox"]),
    ],
)
def test_the_navigation_shows_what_the_role_may_open(
    at_desk: Desk, role: str, shown: list[str]
) -> None:
    page = at_desk(role).get("/account").text

    assert re.findall(r'<li><a href="/\w+">(\w+)</a>', page) == shown


def test_changes_without_the_token_are_refused_everywhere(app: Starlette, at_desk: Desk) -> None:
    browser = at_desk("owner")

    for method, path, address, _ in pages(app):
        if method == "POST":
            assert browser.client.post(address).status_code == 403, path


def test_a_page_that_nobody_protects_is_refused_at_the_start(
    app: Starlette, open_browser: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desk import outbox

    monkeypatch.setattr(outbox, "routes", [Route("/open", lambda request: None)])

    with pytest.raises(TypeError, match="is open to all"):
        create_app(app.state.settings, app.state.engine)


def test_an_unknown_action_is_refused_when_the_page_is_written() -> None:
    with pytest.raises(ValueError, match="'fly' is no action"):
        requires("fly")
