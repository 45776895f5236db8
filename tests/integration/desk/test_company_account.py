"""Sign-in with the company's OpenID Connect provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy.engine import Engine
from starlette.applications import Starlette

from desk.app import create_app
from sales.database import transaction
from sales.settings import Settings
from sales.team.roles import Member
from sales.team.store import change_member
from tests.integration.desk.conftest import ADDRESS, Browser, Clock, Open
from tests.integration.desk.provider import CLIENT_ID, CLIENT_SECRET, WRONG_KEY, Provider

Hire = Callable[..., Member]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider().serving() as provider:
        yield provider


@pytest.fixture
def company_app(settings: Settings, engine: Engine, clock: Clock, provider: Provider) -> Starlette:
    desk = replace(
        settings.desk,
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
    )
    return create_app(replace(settings, desk=desk), engine, clock)


@pytest.fixture
def browser(company_app: Starlette, open_browser: Open) -> Browser:
    return open_browser(company_app)


def to_provider_and_back(browser: Browser, start: str = "/sign-in/company") -> str:
    """Where the provider sends the browser back to; the desk has not seen it yet."""
    away = browser.get(start).headers["location"]
    return httpx.get(away).headers["location"]


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def test_a_member_signs_in_with_the_company_account(browser: Browser, hire: Hire) -> None:
    hire("rep", name="Rita Alvarez")
    assert "Sign in with the company account" in browser.get("/sign-in").text

    back = to_provider_and_back(browser, "/sign-in/company?next=/catalog")
    answer = browser.get(back)

    assert back.startswith(f"{ADDRESS}/sign-in/company/callback?code=")
    assert answer.headers["location"] == "/catalog"
    assert "Rita Alvarez" in browser.get("/account").text


def test_the_desk_asks_with_state_nonce_and_pkce(browser: Browser, provider: Provider) -> None:
    to_provider_and_back(browser)
    to_provider_and_back(browser)

    first, second = provider.asked
    assert first["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 20
        assert first[name] != second[name]


def test_without_a_provider_there_is_no_such_way(open_browser: Open) -> None:
    browser = open_browser()

    assert "company account" not in browser.get("/sign-in").text
    assert browser.get("/sign-in/company").headers["location"] == "/sign-in"
    assert browser.get("/sign-in/company/callback?code=1&state=2").status_code == 303


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"email": "stranger@example.com", "email_verified": True}, "not in the team yet"),
        ({"email": "rep@example.com", "email_verified": False}, "no verified e-mail address"),
        ({"email": "rep@example.com", "email_verified": "true"}, "no verified e-mail address"),
        ({"email": "rep@example.com"}, "no verified e-mail address"),
        ({"email_verified": True}, "no verified e-mail address"),
    ],
)
def test_who_is_no_member_stays_outside(
    browser: Browser, provider: Provider, hire: Hire, claims: dict[str, Any], told: str
) -> None:
    hire("rep")
    provider.claims = claims

    answer = browser.get(to_provider_and_back(browser))

    assert answer.status_code == 403
    assert told in answer.text
    assert not is_signed_in(browser)


def test_who_left_stays_outside(browser: Browser, hire: Hire, engine: Engine) -> None:
    member = hire("rep")
    with transaction(engine) as session:
        change_member(session, member.id, is_active=False)

    assert browser.get(to_provider_and_back(browser)).status_code == 403


@pytest.mark.parametrize(
    "broken",
    [
        {"nonce": "another"},
        {"aud": "another client", "azp": CLIENT_ID},
        {"iss": "https://evil.example"},
        {"exp": 1},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    browser: Browser, provider: Provider, hire: Hire, broken: dict[str, Any]
) -> None:
    hire("rep")
    provider.token = broken

    answer = browser.get(to_provider_and_back(browser))

    assert answer.status_code == 502
    assert "did not work" in answer.text
    assert not is_signed_in(browser)


def test_a_token_with_a_wrong_signature_is_refused(
    browser: Browser, provider: Provider, hire: Hire
) -> None:
    hire("rep")
    provider.key = WRONG_KEY

    assert browser.get(to_provider_and_back(browser)).status_code == 502
    assert not is_signed_in(browser)


def test_a_way_back_that_began_in_another_browser_is_refused(
    browser: Browser, company_app: Starlette, open_browser: Open, hire: Hire
) -> None:
    hire("rep")
    victim = open_browser(company_app)

    answer = victim.get(to_provider_and_back(browser))

    assert answer.status_code == 502
    assert not is_signed_in(victim)


def test_a_way_back_works_once(browser: Browser, hire: Hire) -> None:
    hire("rep")
    back = to_provider_and_back(browser)
    browser.get(back)
    browser.post("/sign-out")

    assert browser.get(back).status_code == 502
    assert not is_signed_in(browser)


def test_a_refusal_by_the_provider_is_told(browser: Browser) -> None:
    away = browser.get("/sign-in/company").headers["location"]
    state = parse_qs(urlsplit(away).query)["state"][0]

    answer = browser.get(f"/sign-in/company/callback?error=access_denied&state={state}")

    assert answer.status_code == 502
    assert "did not work" in answer.text


def test_a_provider_that_is_down_leaves_the_password(
    settings: Settings, engine: Engine, open_browser: Open, hire: Hire
) -> None:
    hire("rep")
    desk = replace(
        settings.desk,
        oidc_issuer=f"http://127.0.0.1:{Provider().port}",
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
    )
    browser = open_browser(create_app(replace(settings, desk=desk), engine))

    assert browser.get("/sign-in/company").status_code == 502
    assert browser.sign_in("rep@example.com").status_code == 303
