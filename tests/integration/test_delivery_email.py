"""Mails about leads over a real SMTP server: readable, never forged, patient with refusals."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.engine import Engine

from bot.delivery.email import EmailSender, lead_message
from bot.delivery.worker import SendError, Worker
from sales.database import transaction
from sales.leads.lead import Lead, LeadDraft
from sales.leads.store import take_lead
from sales.outbox.store import Delivery, Notification, depth, enqueue
from sales.settings import MailSettings
from tests.integration.server import free_port

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
ANA = LeadDraft(
    consent=True,
    name="Ana Lee",
    email="ana@example.com",
    phone="(408) 796-7735",
    company="Lee & Sons <DC>",
    note="first line\nsecond line",
    need={"data_rate": 400, "quantity": 24, "fiber": "SM", "rework": "yes", "budget": "unsure"},
    recommendation={"verdict": "MTP", "text": "Take MTP: it can be re-polished."},
    products=("INX-A", "INX-B"),
)
NEWS = Delivery(
    7, "email", "lead_new", "email:lead:1:event:0:created", "email:1", {}, 1, "", 1, False
)


@dataclass
class Mailbox:
    """Keeps the mails; `answers` are given to MAIL, RCPT or DATA instead of 250."""

    answers: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)  # by recipient
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    port: int = 0

    async def handle_MAIL(  # noqa: N802 - as aiosmtpd names it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        answer = self.refused.get(address) or self.answers.get("RCPT", "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("2"):
            content = envelope.content
            assert isinstance(content, bytes)
            mail = email.message_from_bytes(content, policy=email.policy.default)
            self.mails.append(mail)  # type: ignore[arg-type]
            self.recipients.append(envelope.rcpt_tos)
        return answer


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server on a free port."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def settings(port: int, **changes: Any) -> MailSettings:
    usual = MailSettings(
        host="127.0.0.1",
        port=port,
        user="",
        password="",
        security="none",
        sender="Fiber Desk <desk@example.com>",
        recipients=("ana.rep@example.com", "bo.rep@example.com"),
    )
    return replace(usual, **changes)


def take(engine: Engine, draft: LeadDraft = ANA) -> Lead:
    with transaction(engine) as session:
        return take_lead(session, draft, NOON)


def send(engine: Engine, port: int, news: Delivery = NEWS, **changes: Any) -> Any:
    sender = EmailSender(engine, settings(port, **changes), "https://desk.example.com", timeout_s=5)
    return asyncio.run(sender.send(news))


def refused(engine: Engine, port: int, **changes: Any) -> SendError:
    with pytest.raises(SendError) as caught:
        send(engine, port, **changes)
    return caught.value


def texts(mail: EmailMessage) -> tuple[str, str]:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain
    assert html
    return plain.get_content().replace("\r\n", "\n"), html.get_content()


def test_a_mail_says_everything_known_about_the_lead(engine: Engine, mailbox: Mailbox) -> None:
    lead = take(engine)
    send(engine, mailbox.port)

    (mail,) = mailbox.mails
    assert mailbox.recipients == [["ana.rep@example.com", "bo.rep@example.com"]]
    assert mail["Subject"] == "New lead L-000001: 400G, 24 pieces, single mode (Lee & Sons <DC>)"
    plain, html = texts(mail)
    for words in (
        lead.reference, "Ana Lee", "ana@example.com", "+14087967735", "first line\nsecond line",
        "Data rate: 400G", "Quantity: 24 pieces", "Fiber: single mode",
        "Rework in the field: matters",
        "Budget: unsure", "Take MTP: it can be re-polished.", "- INX-A\n- INX-B",
        "https://desk.example.com/leads/1",
    ):  # fmt: skip
        assert words in plain
    assert "Lee &amp; Sons &lt;DC&gt;" in html
    assert '<html lang="en">' in html
    assert '<a href="https://desk.example.com/leads/1"' in html
    assert '<th scope="row"' in html


def test_a_repeat_is_the_same_mail_for_the_receiver(engine: Engine, mailbox: Mailbox) -> None:
    take(engine)
    send(engine, mailbox.port)
    send(engine, mailbox.port)
    send(engine, mailbox.port, replace(NEWS, kind="lead_late", key="k2"))

    first, again, late = mailbox.mails
    assert first["Message-ID"] == again["Message-ID"] != late["Message-ID"]
    assert first["Message-ID"].endswith("@example.com>")
    assert first["Idempotency-Key"] == again["Idempotency-Key"] == NEWS.key
    assert first["References"] == late["References"], "mails about one lead stay together"
    assert late["Subject"].strip().startswith("Lead waits too long L-000001")


def test_an_escalation_says_why(engine: Engine, mailbox: Mailbox) -> None:
    take(engine)
    payload = {"lead_id": 1, "reason": "custom 144F"}
    send(engine, mailbox.port, replace(NEWS, kind="lead_escalated", payload=payload))

    assert all("custom 144F" in text for text in texts(mailbox.mails[0]))


@pytest.mark.parametrize("nasty", ["a\r\nBcc: evil@example.com", "a\nX-Evil: 1", "a\x0bb\u2028c"])
def test_what_a_visitor_types_never_becomes_a_header(engine: Engine, nasty: str) -> None:
    lead = replace(take(engine), company=nasty, name=nasty)
    mail = lead_message(NEWS, lead, settings(25), "", NOON)

    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    parsed = email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)
    assert parsed["Bcc"] is None
    assert parsed["X-Evil"] is None
    assert "\n" not in parsed["Subject"]


def test_markup_in_a_lead_stays_text(engine: Engine) -> None:
    draft = replace(ANA, name="<script>alert(1)</script>", note='"><img src=x>')
    mail = lead_message(NEWS, take(engine, draft), settings(25), "", NOON)

    assert "<script" not in texts(mail)[1]
    assert "<img" not in texts(mail)[1]


def test_an_erased_lead_is_told_to_nobody(engine: Engine, mailbox: Mailbox) -> None:
    assert send(engine, mailbox.port) == {"skipped": "the lead was erased"}
    assert mailbox.mails == []


def test_a_lead_with_nothing_but_a_phone_number_makes_a_mail(
    engine: Engine, mailbox: Mailbox
) -> None:
    take(engine, LeadDraft(consent=True, phone="(408) 796-7735"))
    send(engine, mailbox.port)

    assert mailbox.mails[0]["Subject"] == "New lead L-000001"
    assert "+14087967735" in texts(mailbox.mails[0])[0]


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "is_permanent"), [("451 try again later", False), ("550 no such user", True)]
)
def test_a_refusal_is_temporary_or_final_as_the_server_says(
    engine: Engine, mailbox: Mailbox, at: str, answer: str, is_permanent: bool
) -> None:
    take(engine)
    mailbox.answers[at] = answer
    error = refused(engine, mailbox.port)

    assert error.is_permanent is is_permanent
    assert answer[:3] in str(error)
    assert "example.com" not in str(error)


def test_a_recipient_who_is_greylisted_gets_the_mail_later(
    engine: Engine, mailbox: Mailbox
) -> None:
    take(engine)
    mailbox.refused["bo.rep@example.com"] = "451 greylisted"

    assert not refused(engine, mailbox.port).is_permanent


def test_a_recipient_who_does_not_exist_keeps_the_mail_from_nobody_else(
    engine: Engine, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    take(engine)
    mailbox.refused["bo.rep@example.com"] = "550 no such user"

    assert send(engine, mailbox.port)["refused"] == 1
    assert mailbox.recipients == [["ana.rep@example.com"]]
    assert "mail.refused: recipients=1 of 2" in caplog.text


def test_a_server_that_is_not_there_is_tried_again(engine: Engine) -> None:
    take(engine)
    error = refused(engine, free_port())

    assert not error.is_permanent
    assert not error.is_uncertain


@pytest.mark.parametrize("changes", [{"security": "starttls"}, {"user": "me", "password": "x"}])
def test_a_server_that_cannot_do_what_the_settings_ask_is_tried_again(
    engine: Engine, mailbox: Mailbox, changes: dict[str, str]
) -> None:
    """A mail waits until the settings are right; it does not go out unprotected meanwhile."""
    take(engine)

    assert not refused(engine, mailbox.port, **changes).is_permanent
    assert mailbox.mails == []


def test_a_mail_server_that_was_down_gets_the_mail_when_it_is_back(engine: Engine) -> None:
    take(engine)
    box, port = Mailbox(), free_port()
    worker = Worker(engine, {"email": EmailSender(engine, settings(port), timeout_s=5)})
    news = Notification("email", "lead_new", NEWS.key, "email:1", {"lead_id": 1}, lead_id=1)
    with transaction(engine) as session:
        enqueue(session, [news], NOON)

    assert asyncio.run(worker.run_once(NOON)) == 1
    assert box.mails == []
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        assert asyncio.run(worker.run_once(NOON.replace(minute=1))) == 1
    finally:
        controller.stop()
    assert len(box.mails) == 1
    with transaction(engine) as session:
        assert depth(session) == {}
