"""Webhooks over real HTTP: signed, in order, patient with receivers, closed to inner addresses."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bot.delivery.webhook import WebhookSender, is_inner, retry_after_s, signature
from bot.delivery.worker import SendError
from sales.outbox.store import Delivery
from sales.settings import PROJECT, WebhookSettings
from tests.integration.delivery.receiver import Answer, Receiver, receiving
from tests.integration.server import free_port

SECRET = "0123456789abcdef0123456789abcdef"
NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
LEAD = {"reference": "L-000017", "contact": {"name": "Zoë Lee"}}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def send(url: str, timeout_s: float = 10, allow_private: bool = True, **changes: Any) -> Any:
    payload = {"url": url, "event": "lead.created", "lead": LEAD, "at": "2025-07-01T12:00:00Z"}
    delivery = Delivery(
        1, "webhook", "lead.created", "webhook:lead:17:1:created", "s", payload, 17, "", 1, False
    )
    settings = WebhookSettings((url,), SECRET, allow_private)
    sender = WebhookSender(settings, timeout_s=timeout_s, clock=lambda: NOON)
    return asyncio.run(sender.send(replace(delivery, **changes)))


def refused(url: str, **how: Any) -> SendError:
    with pytest.raises(SendError) as caught:
        send(url, **how)
    return caught.value


def test_a_change_is_posted_with_its_signature_and_key(receiver: Receiver) -> None:
    assert send(receiver.url) == {"status": 204}

    (posted,) = receiver.posted
    assert posted.path == "/hook"
    assert json.loads(posted.body) == {
        "id": "webhook:lead:17:1:created",
        "event": "lead.created",
        "lead": LEAD,
        "at": "2025-07-01T12:00:00Z",
    }
    assert posted.headers["Idempotency-Key"] == "webhook:lead:17:1:created"
    assert posted.headers["User-Agent"].startswith("fiberbot")
    timestamp = posted.headers["X-Fiberbot-Timestamp"]
    expected = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + posted.body, hashlib.sha256)
    assert int(timestamp) == NOON.timestamp()
    assert posted.headers["X-Fiberbot-Signature"] == f"sha256={expected.hexdigest()}"


def test_the_receivers_code_in_the_handbook_accepts_ours_and_refuses_forgeries(
    receiver: Receiver,
) -> None:
    text = (PROJECT / "docs" / "webhooks.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    handbook: dict[str, Any] = {}
    exec(compile(code, "docs/webhooks.md", "exec"), handbook)  # noqa: S102 - our own page
    send(receiver.url)
    (posted,) = receiver.posted
    headers, body, now = posted.headers, posted.body, NOON.timestamp()

    assert handbook["is_genuine"](SECRET, headers, body, now)
    assert not handbook["is_genuine"](SECRET, headers, body + b" ", now)
    assert not handbook["is_genuine"]("another secret", headers, body, now)
    assert not handbook["is_genuine"](SECRET, headers, body, now + 301), "a replay"
    newer = {**headers, "X-Fiberbot-Timestamp": str(int(now) + 200)}
    assert not handbook["is_genuine"](SECRET, newer, body, now), "its time is signed, too"
    assert not handbook["is_genuine"](SECRET, {}, body, now)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_counts_as_delivered(receiver: Receiver, status: int) -> None:
    receiver.answers.append(Answer(status))

    assert send(receiver.url) == {"status": status}


@pytest.mark.parametrize("status", [400, 401, 404, 500, 502])
def test_a_refusal_is_tried_again(receiver: Receiver, status: int) -> None:
    receiver.answers.append(Answer(status))
    error = refused(receiver.url)

    assert (str(error), error.retry_after_s, error.is_permanent) == (f"HTTP {status}.", None, False)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_receiver_says_when(receiver: Receiver, status: int) -> None:
    receiver.answers.append(Answer(status, {"Retry-After": "120"}))

    assert refused(receiver.url).retry_after_s == 120


def test_gone_is_final(receiver: Receiver) -> None:
    receiver.answers.append(Answer(410))

    assert refused(receiver.url).is_permanent


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers.append(Answer(302, {"Location": "/elsewhere"}))

    assert str(refused(receiver.url)) == "HTTP 302."
    assert len(receiver.posted) == 1


def test_a_receiver_that_hangs_is_left_and_the_attempt_is_uncertain(receiver: Receiver) -> None:
    receiver.answers.append(Answer(delay_s=60))
    error = refused(receiver.url, timeout_s=0.3)

    assert error.is_uncertain
    assert not error.is_permanent


def test_nobody_there_is_tried_again_and_surely_did_not_arrive() -> None:
    error = refused(f"http://127.0.0.1:{free_port()}/hook")

    assert not error.is_uncertain
    assert not error.is_permanent


def test_a_name_that_does_not_exist_is_tried_again() -> None:
    assert not refused("http://crm.invalid/hook", allow_private=False).is_permanent


def test_an_address_taken_out_of_the_settings_gets_nothing_more(receiver: Receiver) -> None:
    payload = {"url": f"{receiver.url}/old", "event": "lead.created", "lead": LEAD, "at": ""}

    assert refused(receiver.url, payload=payload).is_permanent
    assert receiver.posted == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::]", "[::ffff:127.0.0.1]"])
def test_inner_addresses_are_refused_by_number_and_by_name(receiver: Receiver, host: str) -> None:
    error = refused(f"http://{host}:{receiver.port}/hook", allow_private=False)

    assert error.is_permanent
    assert "WEBHOOK_ALLOW_PRIVATE" in str(error)
    assert receiver.posted == []


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f000001"])
def test_odd_spellings_of_inner_addresses_reach_nobody(receiver: Receiver, host: str) -> None:
    refused(f"http://{host}:{receiver.port}/hook", allow_private=False)

    assert receiver.posted == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.8", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "127.8.8.8",
        "0.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0",
        "fd00::1", "ff02::1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
    ],
)  # fmt: skip
def test_these_addresses_are_inner(address: str) -> None:
    assert is_inner(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"])
def test_these_addresses_are_public(address: str) -> None:
    assert not is_inner(address)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5.0),
        (" 5 ", 5.0),
        ("0", 0.0),
        (format_datetime(NOON + timedelta(minutes=1)), 60.0),
        (format_datetime(NOON - timedelta(minutes=1)), 0.0),
        ("soon", None),
        ("-5", None),
        ("\u0665", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOON) == seconds


def test_the_signature_covers_time_and_body() -> None:
    assert signature("key", "1", b"body") != signature("key", "2", b"body")
    assert signature("key", "1", b"body") != signature("key", "1", b"bodY")


def test_the_handbook_is_where_the_settings_point_to() -> None:
    assert "docs/webhooks.md" in Path(PROJECT / ".env.example").read_text()
