"""Nobody becomes somebody else: by forged tokens, kept cookies, copied buttons or odd origins."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import requests
from itsdangerous import TimestampSigner

from tests.integration.hostile.browser import OWNER, DeskBrowser, owner_at_desk
from tests.integration.hostile.wire import exchange
from tests.integration.sales.company import Company
from tests.integration.website.conftest import SECRET, SHOP
from tests.integration.website.test_identity import conversation_of
from tests.integration.website.visitor import Visitor, visit

EXTENSION = {"alg": "HS256", "crit": ["b64"], "b64": False}
EVENTS = ("user_uttered", "form_submitted", "feedback", "rating", "restart")


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forgeries(own: str, victim: str) -> dict[str, str]:
    """Tokens that name the victim's conversation, or look as if they did."""
    now = datetime.now(UTC)
    claims = {"sub": victim, "iat": now, "exp": now + timedelta(days=9)}
    numbers = {"sub": victim, "iat": 1, "exp": 9_999_999_999}
    head, _, signature = own.split(".")
    key = {"kty": "oct", "k": base64.urlsafe_b64encode(b"mine" * 8).decode()}
    return {
        "another algorithm": jwt.encode(claims, SECRET, algorithm="HS512"),
        "a key in the header": jwt.encode(
            claims, "mine" * 8, algorithm="HS256", headers={"jwk": key, "kid": "/dev/null"}
        ),
        "no key": jwt.encode(
            claims, "\0" * 32, algorithm="HS256", headers={"kid": "../../dev/null"}
        ),
        "none": f"{part({'alg': 'none'})}.{part(numbers)}.",
        "None": f"{part({'alg': 'None', 'typ': 'JWT'})}.{part(numbers)}.{signature}",
        "an extension": f"{part(EXTENSION)}.{part(numbers)}.{signature}",
        "other claims, own signature": f"{head}.{part(numbers)}.{signature}",
        "cut": own[:-1],
        "extended": own + "A",
        "a part more": own + ".x",
        "no end in sight": jwt.encode({**claims, "exp": 10**20}, SECRET, algorithm="HS256"),
        "an end in words": f"{head}.{part({**numbers, 'exp': 'never'})}.{signature}",
        "a list for a name": f"{head}.{part({**numbers, 'sub': [victim]})}.{signature}",
        "yesterday's": jwt.encode(
            {**claims, "exp": now - timedelta(seconds=1)}, SECRET, algorithm="HS256"
        ),
    }


def test_no_forged_token_opens_another_ones_conversation(firm: Company) -> None:
    async def scenario(ana: Visitor, *thieves: Visitor) -> None:
        await ana.arrive()
        await ana.say("my secret plan is 400G")
        for thief in thieves:
            await thief.arrive()
        victim = conversation_of(ana.token)
        for event, thief in zip(EVENTS, thieves, strict=True):
            for name, token in forgeries(thief.token, victim).items():
                ack = await thief.send(event, {
                    "session_id": token, "message": 1 if event == "feedback" else "hi",
                    "message_id": "x", "value": "up", "form": "contact", "values": {}, "stars": 1,
                })  # fmt: skip
                assert ack["code"] == "bad_token", (name, event, ack)
            assert "secret plan" not in str(thief.events)

    visit(firm.server, scenario, tabs=1 + len(EVENTS))  # each below the limit of a connection


def test_a_button_of_another_conversation_is_only_words(firm: Company) -> None:
    async def scenario(ana: Visitor, thief: Visitor) -> None:
        await ana.arrive()
        await ana.say("help me choose a connector for my network")
        payload = ana.button("400G")
        await thief.arrive()
        for disguise in (payload, f"  {payload}", f"\n{payload}", f"\u2060{payload}",
                         f"\u00a0{payload}", f"\x00{payload}", f"\ufeff{payload}",
                         payload.replace("/", "\uff0f", 1), payload[1:], f"/{payload}",
                         f"EXTERNAL: {payload}", '/inform{"data_rate": 400}@0.99'):  # fmt: skip
            await thief.say(disguise)

        assert "serviceable" not in thief.text  # the next question, had the rate been taken
        assert (await ana.say(payload))["status"] == "ok"
        assert "data rate" not in ana.replies[-1]["text"]

    visit(firm.server, scenario, tabs=2)


@pytest.mark.parametrize(
    "origin",
    ["null", "NULL", "https://shop.example.com.", f"{SHOP}.evil.example",
     f"{SHOP}@evil.example", "https://evil@shop.example.com", "https://evilshop.example.com",
     "https://shop.example.com:8443", "http://shop.example.com", f"{SHOP}/", f"{SHOP} ",
     f"https://evil.example/{SHOP}", f"{SHOP}, https://evil.example", "//shop.example.com",
     "https://shop.example.com%2eevil.example", "https://sh\u043ep.example.com".encode().decode("latin-1"),
     "http://127.0.0.1:{port}@evil.example", "http://evil@127.0.0.1:{port}",
     "http://127.0.0.1:{port}.evil.example", "http://127.0.0.1:{port}/x", "ftp://127.0.0.1:{port}",
     "http://localhost:{port}", "http://[::1]:{port}", "http://0x7f.1:{port}"],
)  # fmt: skip
def test_an_odd_origin_is_none_of_ours(firm: Company, origin: str) -> None:
    origin = origin.format(port=firm.server.port)
    path = "/webhooks/website/socket.io/?EIO=4&transport=polling"
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{firm.server.port}\r\nOrigin: {origin}\r\n\r\n"
    answer = exchange(firm.server.port, head.encode("latin-1"))

    assert answer.statuses == [400], answer
    assert b"Access-Control-Allow-Origin" not in answer.data


def test_two_origins_are_not_better_than_one(firm: Company) -> None:
    path = "/webhooks/website/socket.io/?EIO=4&transport=polling"
    origins = f"Origin: https://evil.example\r\nOrigin: {SHOP}\r\n"
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{origins}\r\n"

    assert exchange(firm.server.port, head.encode()).statuses == [400]


def test_signing_in_begins_a_session_that_nobody_can_have_fixed(firm: Company) -> None:
    owner_at_desk(firm)
    thief, victim = DeskBrowser(firm), DeskBrowser(firm)
    thief.get("/sign-in")
    fixed = thief.session.cookies["desk"]
    victim.session.cookies.set("desk", fixed, domain="127.0.0.1", path="/")
    assert victim.sign_in(OWNER).status_code == 303

    assert "desk" in victim.session.cookies
    assert victim.session.cookies["desk"] != fixed
    assert thief.get("/inbox", allow_redirects=False).status_code == 303
    assert victim.get("/inbox", allow_redirects=False).status_code == 200


def test_a_cookie_signed_with_another_secret_is_nobody(firm: Company) -> None:
    owner_at_desk(firm)
    session = {"id": "x", "member": 1, "version": 0, "began": 9e9, "seen": 9e9, "csrf": "x"}
    data = base64.b64encode(json.dumps(session).encode())
    for secret in (SECRET, "", "desk", "secret"):
        forged = TimestampSigner(secret).sign(data).decode()
        answer = requests.get(
            f"http://127.0.0.1:{firm.server.desk_port}/inbox",
            cookies={"desk": forged},
            allow_redirects=False,
            timeout=10,
        )

        assert answer.status_code == 303
        assert "/sign-in" in answer.headers["Location"]
