"""Who gets to the desk, for how long, and what guessing costs."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from statistics import median

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from starlette.applications import Starlette

from desk.app import create_app
from desk.auth import throttle, users
from desk.auth.passwords import PasswordError, Passwords
from desk.auth.sessions import ABSOLUTE_TIMEOUT, IDLE_TIMEOUT
from sales.database import transaction
from sales.settings import Settings
from sales.team.roles import Member
from sales.team.store import TeamError, change_member
from sales.team.tables import sign_in_failures, team_members
from tests.integration.desk.conftest import ADDRESS, PASSWORD, Browser, Clock, Open

Hire = Callable[..., Member]


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def test_a_member_signs_in_and_is_greeted_by_name(browser: Browser, hire: Hire) -> None:
    hire("rep", name="Rita Alvarez")

    answer = browser.sign_in("REP@example.com ")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Rita Alvarez" in browser.get("/account").text


def test_sign_in_leads_back_to_the_page_that_was_asked_for(browser: Browser, hire: Hire) -> None:
    hire("rep")
    asked = browser.get("/catalog?q=MPO trunk&family=TRK")
    assert asked.headers["location"].startswith("/sign-in?next=%2Fcatalog")

    page = browser.get(asked.headers["location"]).text
    answer = browser.sign_in("rep@example.com", next="/catalog?q=MPO+trunk&family=TRK")

    assert 'value="/catalog?q=MPO%20trunk&amp;family=TRK"' in page
    assert answer.headers["location"] == "/catalog?q=MPO+trunk&family=TRK"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example",
     "javascript:alert(1)", "/\t/evil.example", "/sign-out", "evil.example"],
)  # fmt: skip
def test_sign_in_never_leads_to_another_site(browser: Browser, hire: Hire, elsewhere: str) -> None:
    hire("rep")

    answer = browser.sign_in("rep@example.com", next=elsewhere)

    assert answer.headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    browser: Browser, hire: Hire
) -> None:
    hire("rep")

    wrong = browser.sign_in("rep@example.com", "not the password")
    unknown = browser.sign_in("nobody@example.com", "not the password")

    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace("rep@", "X@") == unknown.text.replace("nobody@", "X@")
    assert not is_signed_in(browser)


def test_an_unknown_address_takes_as_much_work_as_a_wrong_password() -> None:
    passwords = Passwords()
    kept = passwords.hash(PASSWORD)

    def seconds(kept: str | None) -> float:
        began = time.perf_counter()
        assert not passwords.matches(kept, "not the password")
        return time.perf_counter() - began

    pairs = [(seconds(kept), seconds(None)) for _ in range(7)]
    known, unknown = (median(column) for column in zip(*pairs, strict=True))

    assert 0.5 < known / unknown < 2


def test_who_left_cannot_sign_in(browser: Browser, hire: Hire, engine: Engine) -> None:
    member = hire("rep")
    with transaction(engine) as session:
        change_member(session, member.id, is_active=False)

    assert browser.sign_in("rep@example.com").status_code == 403


def test_a_member_without_a_password_cannot_sign_in_with_one(
    browser: Browser, hire: Hire, engine: Engine
) -> None:
    hire("rep")
    with transaction(engine) as session:
        session.execute(sa.update(team_members).values(password_hash=None))

    assert [browser.sign_in("rep@example.com", text).status_code for text in ("", PASSWORD)] == [
        403,
        403,
    ]


def test_passwords_are_kept_as_argon2id_hashes(hire: Hire, engine: Engine) -> None:
    hire("rep")

    with transaction(engine) as session:
        kept = session.execute(sa.select(team_members.c.password_hash)).scalar_one()

    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_an_old_weak_hash_is_made_anew_at_sign_in(
    browser: Browser, hire: Hire, engine: Engine
) -> None:
    from argon2 import PasswordHasher

    member = hire("rep")
    weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    with transaction(engine) as session:
        session.execute(sa.update(team_members).values(password_hash=weak))

    assert browser.sign_in(member.email).status_code == 303
    assert is_signed_in(browser)
    with transaction(engine) as session:
        kept = session.execute(sa.select(team_members.c.password_hash)).scalar_one()
    assert "m=65536" in kept


def test_before_there_is_an_owner_the_page_says_how_to_make_one(
    browser: Browser, hire: Hire
) -> None:
    assert "fiberbot desk create-user" in browser.get("/sign-in").text

    hire("owner")

    assert "create-user" not in browser.get("/sign-in").text


def test_create_user_refuses_what_would_not_work(engine: Engine, hire: Hire, clock: Clock) -> None:
    hire("owner")
    with transaction(engine) as session:
        with pytest.raises(PasswordError, match="12 to 256 characters"):
            users.create_user(session, "a@example.com", "Ana", "rep", "short", clock())
        with pytest.raises(TeamError, match="has this e-mail address"):
            users.create_user(session, "OWNER@example.com", "Ana", "rep", PASSWORD, clock())


# Guessing


def test_the_sixth_wrong_try_has_to_wait_and_even_the_right_password_then(
    browser: Browser, hire: Hire, clock: Clock
) -> None:
    hire("rep")
    for _ in range(5):
        assert browser.sign_in("rep@example.com", "wrong").status_code == 403

    refused = browser.sign_in("rep@example.com")

    assert refused.status_code == 429
    assert "Try again in 15 minutes." in refused.text
    clock.pass_by(minutes=15, seconds=1)
    assert browser.sign_in("rep@example.com").status_code == 303


def test_trying_while_one_has_to_wait_does_not_make_it_longer(
    browser: Browser, hire: Hire, clock: Clock
) -> None:
    hire("rep")
    for _ in range(5):
        browser.sign_in("rep@example.com", "wrong")
    for _ in range(3):
        clock.pass_by(minutes=4)
        assert browser.sign_in("rep@example.com").status_code == 429

    clock.pass_by(minutes=4)

    assert browser.sign_in("rep@example.com").status_code == 303


def test_a_stranger_elsewhere_does_not_lock_a_member_out(
    browser: Browser, open_browser: Open, hire: Hire
) -> None:
    hire("rep")
    stranger = open_browser(address="198.51.100.9")
    for _ in range(6):
        stranger.sign_in("rep@example.com", "wrong")

    assert stranger.sign_in("rep@example.com").status_code == 429
    assert browser.sign_in("rep@example.com").status_code == 303


def test_one_address_cannot_try_a_password_on_everybody(
    browser: Browser, open_browser: Open, hire: Hire
) -> None:
    hire("rep")
    tries = [browser.sign_in(f"guess{n}@example.com", "wrong").status_code for n in range(31)]

    assert tries == [403] * 30 + [429]
    assert browser.sign_in("rep@example.com").status_code == 429
    assert open_browser(address="198.51.100.9").sign_in("rep@example.com").status_code == 303


def test_one_account_is_guarded_against_many_addresses(engine: Engine, clock: Clock) -> None:
    for number in range(100):
        throttle.begin_attempt(engine, "rep@example.com", f"10.0.{number}.1", clock())

    with pytest.raises(throttle.TooManyAttemptsError):
        throttle.begin_attempt(engine, "rep@example.com", "10.9.9.9", clock())


def test_addresses_of_one_ipv6_site_count_together(engine: Engine, clock: Clock) -> None:
    for number in range(5):
        throttle.begin_attempt(engine, "rep@example.com", f"2001:db8:1:2::{number}", clock())

    with pytest.raises(throttle.TooManyAttemptsError):
        throttle.begin_attempt(engine, "rep@example.com", "2001:db8:1:2:ffff::9", clock())
    throttle.begin_attempt(engine, "rep@example.com", "2001:db8:1:3::9", clock())


def test_many_tries_at_the_same_moment_count_one_by_one(engine: Engine, clock: Clock) -> None:
    def attempt(_: int) -> bool:
        try:
            throttle.begin_attempt(engine, "rep@example.com", "203.0.113.7", clock())
        except throttle.TooManyAttemptsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        allowed = sum(pool.map(attempt, range(24)))

    assert 1 <= allowed <= 5


def test_a_right_password_forgives_the_wrong_ones_before(
    browser: Browser, hire: Hire, engine: Engine
) -> None:
    hire("rep")
    for _ in range(2):
        for _ in range(4):
            browser.sign_in("rep@example.com", "wrong")
        assert browser.sign_in("rep@example.com").status_code == 303


def test_neither_addresses_nor_e_mails_are_kept_in_the_clear(
    browser: Browser, hire: Hire, engine: Engine
) -> None:
    hire("rep")
    browser.sign_in("rep@example.com", "wrong")

    with transaction(engine) as session:
        keys = session.execute(sa.select(sign_in_failures.c.key)).scalars().all()

    assert len(keys) == 3
    assert all(len(key) == 64 and "rep" not in key for key in keys)


# Sessions


def test_the_session_is_new_after_signing_in(browser: Browser, hire: Hire) -> None:
    hire("rep")
    browser.get("/sign-in")
    before, token = dict(browser.client.cookies), browser.token()

    browser.sign_in("rep@example.com")

    assert dict(browser.client.cookies) != before
    assert browser.token() != token


def test_signing_out_ends_the_session_even_for_a_copy_of_its_cookie(
    at_desk: Callable[[str], Browser], open_browser: Open
) -> None:
    browser, thief = at_desk("rep"), open_browser()
    thief.client.cookies.update(browser.client.cookies)
    assert is_signed_in(thief)

    answer = browser.post("/sign-out")

    assert answer.headers["location"] == "/sign-in"
    assert not is_signed_in(browser)
    assert not is_signed_in(thief)
    assert "You are signed out." in browser.get("/sign-in").text


def test_signing_out_leaves_other_devices_signed_in(
    at_desk: Callable[[str], Browser], open_browser: Open
) -> None:
    laptop, phone = at_desk("rep"), open_browser()
    phone.sign_in("rep@example.com")

    laptop.post("/sign-out")

    assert is_signed_in(phone)


def test_a_session_ends_when_nothing_is_opened(
    at_desk: Callable[[str], Browser], clock: Clock
) -> None:
    browser = at_desk("rep")
    clock.at += IDLE_TIMEOUT - timedelta(minutes=2)
    assert is_signed_in(browser)
    clock.at += IDLE_TIMEOUT - timedelta(minutes=2)
    assert is_signed_in(browser)

    clock.at += IDLE_TIMEOUT

    assert not is_signed_in(browser)


def test_a_session_ends_after_a_week_however_much_it_is_used(
    at_desk: Callable[[str], Browser], clock: Clock
) -> None:
    browser = at_desk("rep")
    used_until = clock.at + ABSOLUTE_TIMEOUT - timedelta(hours=1)
    while clock.at < used_until:
        assert is_signed_in(browser)
        clock.pass_by(hours=6)

    clock.pass_by(hours=1)

    assert not is_signed_in(browser)


def test_a_new_password_signs_all_other_devices_out(
    at_desk: Callable[[str], Browser], open_browser: Open
) -> None:
    laptop, phone = at_desk("rep"), open_browser()
    phone.sign_in("rep@example.com")
    new = "splice them neatly"

    answer = laptop.post("/account/password", current=PASSWORD, new=new, again=new)

    assert answer.status_code == 303
    assert is_signed_in(laptop)
    assert not is_signed_in(phone)
    assert phone.sign_in("rep@example.com").status_code == 403
    assert phone.sign_in("rep@example.com", new).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "again", "told"),
    [
        ("wrong", "splice them neatly", "splice them neatly", "This is not your password."),
        (PASSWORD, "splice them neatly", "splice them badly", "The two passwords are not"),
        (PASSWORD, "short", "short", "Use 12 to 256 characters"),
        (PASSWORD, "rep@example.com", "rep@example.com", "Do not use your name or e-mail"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_the_reason(
    at_desk: Callable[[str], Browser], current: str, new: str, again: str, told: str
) -> None:
    browser = at_desk("rep")

    answer = browser.post("/account/password", current=current, new=new, again=again)

    assert answer.status_code == 422
    assert told in answer.text
    assert browser.sign_in("rep@example.com").status_code == 303


def test_a_member_switched_off_is_out_at_the_next_click(
    at_desk: Callable[[str], Browser], engine: Engine
) -> None:
    browser = at_desk("rep")
    with transaction(engine) as session:
        member_id = session.execute(sa.select(team_members.c.id)).scalar_one()
        change_member(session, member_id, is_active=False)
    assert not is_signed_in(browser)

    with transaction(engine) as session:
        change_member(session, member_id, is_active=True)

    assert not is_signed_in(browser)  # the old session does not come back to life


def test_a_cookie_that_somebody_made_up_is_worth_nothing(
    at_desk: Callable[[str], Browser], open_browser: Open, settings: Settings, engine: Engine
) -> None:
    browser = at_desk("rep")
    secret = replace(settings.desk, secret="another secret of at least 32 characters")
    elsewhere = open_browser(create_app(replace(settings, desk=secret), engine))
    elsewhere.client.cookies.update(browser.client.cookies)

    assert not is_signed_in(elsewhere)


def test_cookies_are_closed_to_scripts_and_other_sites(browser: Browser) -> None:
    cookie = browser.get("/sign-in").headers["set-cookie"].lower()

    assert cookie.startswith("desk=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie  # plain http on this machine


def test_behind_https_the_cookie_is_bound_to_host_and_https(
    settings: Settings, engine: Engine, open_browser: Open
) -> None:
    desk = replace(settings.desk, url="https://desk.example.com")
    app = create_app(replace(settings, desk=desk), engine)
    browser = open_browser(app, base_url="https://desk.example.com")

    answer = browser.get("/sign-in")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-desk=")
    assert "; secure" in cookie
    assert answer.headers["Strict-Transport-Security"]


# What every answer carries


def test_pages_carry_the_security_headers_errors_too(
    open_browser: Open, at_desk: Callable[[str], Browser], app: Starlette
) -> None:
    browser = at_desk("rep")
    pages = [browser.get(path) for path in ("/sign-in", "/catalog", "/team", "/nothing")]
    app.state.engine = None  # everything that needs the database now fails
    failing = open_browser(raise_server_exceptions=False).get("/sign-in")
    assert failing.status_code == 500

    for page in (*pages, failing):
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert page.headers["Cache-Control"] == "no-store"


def test_pages_hold_no_inline_scripts(at_desk: Callable[[str], Browser]) -> None:
    browser = at_desk("owner")

    for path in ("/catalog", "/team", "/outbox", "/account", "/catalog/import"):
        page = browser.get(path).text
        assert page.count("<script") == page.count("<script src=")
        assert " onclick" not in page


def test_the_desk_answers_to_its_own_names_only(browser: Browser) -> None:
    assert browser.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400
    assert browser.get("/sign-in", headers={"Host": "localhost:5006"}).status_code == 200
    assert browser.get("/health", headers={"Host": "10.1.2.3:5006"}).json() == {"status": "ok"}


def test_an_address_in_the_settings_is_the_only_name(
    settings: Settings, engine: Engine, open_browser: Open
) -> None:
    desk = replace(settings.desk, url="http://desk.example.com:8080")
    browser = open_browser(create_app(replace(settings, desk=desk), engine))

    assert browser.get("/sign-in").status_code == 400
    assert browser.get("/sign-in", headers={"Host": "desk.example.com:8080"}).status_code == 200


def test_a_form_of_another_site_is_refused(at_desk: Callable[[str], Browser]) -> None:
    browser = at_desk("rep")
    token = browser.token()

    without = browser.client.post("/sign-out")
    wrong = browser.client.post("/sign-out", data={"csrf_token": token[::-1]})
    cross = browser.client.post(
        "/sign-out", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert [answer.status_code for answer in (without, wrong, cross)] == [403, 403, 403]
    assert "reload the page" in without.text
    assert is_signed_in(browser)


def test_htmx_sends_the_token_in_a_header(at_desk: Callable[[str], Browser]) -> None:
    browser = at_desk("rep")

    answer = browser.client.post("/sign-out", headers={"X-CSRF-Token": browser.token()})

    assert answer.status_code == 303


def test_the_token_of_one_session_does_not_fit_another(
    at_desk: Callable[[str], Browser], browser: Browser
) -> None:
    token = at_desk("rep").token()

    assert browser.client.post("/sign-in", data={"csrf_token": token}).status_code == 403


def test_a_request_that_is_too_large_is_refused(at_desk: Callable[[str], Browser]) -> None:
    browser = at_desk("rep")

    chunks = (b"current=" + b"x" * 50_000 for _ in range(6))

    declared = browser.client.post("/account/password", data={"current": "x" * 300_000})
    streamed = browser.client.post(
        "/account/password",
        content=chunks,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    for answer in (declared, streamed):
        assert answer.status_code == 413
        assert "larger than the 256 kB that this page takes" in answer.text


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(browser: Browser) -> None:
    answer = browser.get("/catalog", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


def test_what_a_member_is_called_stays_text(browser: Browser, hire: Hire) -> None:
    hire("rep", name="<script>alert(1)</script>")
    browser.sign_in("rep@example.com")

    page = browser.get("/account").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_sign_ins_leave_no_personal_data_in_the_log(
    browser: Browser, hire: Hire, caplog: pytest.LogCaptureFixture
) -> None:
    hire("rep")
    with caplog.at_level("INFO"):
        for password in ("wrong", PASSWORD, *["wrong"] * 6):
            browser.sign_in("rep@example.com", password)

    lines = [record.getMessage() for record in caplog.records if record.name.startswith("desk")]
    assert [line.split(":")[0] for line in lines[:2]] == ["sign_in.refused", "sign_in.done"]
    assert any(line.startswith("sign_in.throttled") for line in lines)
    assert not any("example.com" in line or ADDRESS in line for line in lines)
