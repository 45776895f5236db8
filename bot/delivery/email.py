"""Tells the sales team about leads by e-mail. What it says is in templates/."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any

import aiosmtplib
import jinja2
from sqlalchemy.engine import Engine

from bot.delivery.worker import Json, SendError
from sales.database import transaction
from sales.leads.lead import Lead
from sales.leads.need_wording import need_line, need_rows
from sales.leads.store import lead_by_id
from sales.outbox.store import Delivery
from sales.settings import MailSettings

logger = logging.getLogger(__name__)
TIMEOUT_S = 20.0
LONGEST_SUBJECT = 150
PERMANENT = 500  # from here on SMTP's answers are final
HEADINGS = {  # kind -> how the subject begins
    "lead_new": "New lead",
    "lead_escalated": "Escalated lead",
    "lead_late": "Lead waits too long",
}
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=jinja2.select_autoescape(["html.j2"], default=False),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class EmailSender:
    """Sends the mails about leads to the recipients in the settings, as the lead is now."""

    def __init__(
        self,
        engine: Engine,
        mail: MailSettings,
        desk_url: str = "",
        *,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine, self._mail, self._desk_url = engine, mail, desk_url.rstrip("/")
        self._timeout_s, self._clock = timeout_s, clock

    async def send(self, delivery: Delivery) -> Json | None:
        lead = await asyncio.to_thread(self._lead, delivery.lead_id)
        if lead is None:
            return {"skipped": "the lead was erased"}
        message = lead_message(delivery, lead, self._mail, self._desk_url, self._clock())
        return await self._hand_over(message)

    def _lead(self, lead_id: int | None) -> Lead | None:
        with transaction(self._engine) as session:
            return None if lead_id is None else lead_by_id(session, lead_id)

    async def _hand_over(self, message: EmailMessage) -> Json:
        """Raises SendError. A server answers for each recipient; one that may take it later
        makes the whole mail come again, which mail programs know by its Message-ID."""
        mail = self._mail
        try:
            refused, _ = await aiosmtplib.send(
                message,
                recipients=list(mail.recipients),
                hostname=mail.host,
                port=mail.port,
                username=mail.user or None,
                password=mail.password or None,
                use_tls=mail.security == "tls",
                start_tls=mail.security == "starttls",
                timeout=self._timeout_s,
            )
        except aiosmtplib.SMTPException as error:
            raise _send_error(error) from None
        except OSError as error:
            raise SendError(f"Mail server: {type(error).__name__}.") from None
        if any(answer.code < PERMANENT for answer in refused.values()):
            raise SendError(f"{len(refused)} recipients were refused for now.")
        if refused:
            logger.warning("mail.refused: recipients=%d of %d", len(refused), len(mail.recipients))
        return {"message_id": message["Message-ID"], "refused": len(refused)}


def lead_message(
    delivery: Delivery, lead: Lead, mail: MailSettings, desk_url: str, now: datetime
) -> EmailMessage:
    """The mail about a lead, as text and as HTML; the same Message-ID in every attempt."""
    domain = parseaddr(mail.sender)[1].rpartition("@")[2] or "localhost"
    message = EmailMessage()
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.recipients)
    message["Subject"] = _subject(delivery.kind, lead)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{hashlib.sha256(delivery.key.encode()).hexdigest()[:32]}@{domain}>"
    message["References"] = f"<lead-{lead.id}@{domain}>"  # mails about one lead stay together
    message["Idempotency-Key"] = delivery.key
    message["Auto-Submitted"] = "auto-generated"
    facts = _facts(delivery, lead, desk_url)
    message.set_content(TEMPLATES.get_template("lead.txt.j2").render(facts))
    message.add_alternative(TEMPLATES.get_template("lead.html.j2").render(facts), subtype="html")
    return message


def _subject(kind: str, lead: Lead) -> str:
    """On one line whatever the visitor typed, and never a second header."""
    who = f" ({lead.company})" if lead.company else ""
    need = need_line(lead.need)
    text = f"{_heading(kind)} {lead.reference}{': ' if need else ''}{need}{who}"
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:LONGEST_SUBJECT]


def _facts(delivery: Delivery, lead: Lead, desk_url: str) -> Mapping[str, Any]:
    return {
        "heading": _heading(delivery.kind),
        "lead": lead,
        "reason": str(delivery.payload.get("reason") or ""),
        "contact": _contact(lead),
        "need": need_rows(lead.need),
        "recommendation": (lead.recommendation or {}).get("text") or "",
        "url": f"{desk_url}/leads/{lead.id}" if desk_url else "",
    }


def _contact(lead: Lead) -> list[tuple[str, str]]:
    rows = (
        ("Name", lead.name),
        ("E-mail", lead.email),
        ("Phone", lead.phone),
        ("Company", lead.company),
        ("Note", lead.note),
    )
    return [(label, text) for label, text in rows if text]


def _heading(kind: str) -> str:
    return HEADINGS.get(kind, "News about lead")


def _send_error(error: aiosmtplib.SMTPException) -> SendError:
    """Final is only what the server said about this mail. What is wrong with the connection or
    the sign-in can be put right while the mail waits."""
    name = type(error).__name__.removeprefix("SMTP")
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = sorted({refused.code for refused in error.recipients})
        text = f"Every recipient was refused: {', '.join(map(str, codes))}."
        return SendError(text, is_permanent=codes[0] >= PERMANENT)
    if isinstance(error, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPDataError):
        text = f"The mail server refused it: {name} {error.code}."
        return SendError(text, is_permanent=error.code >= PERMANENT)
    code = f" {error.code}" if isinstance(error, aiosmtplib.SMTPResponseException) else ""
    has_begun = isinstance(
        error, aiosmtplib.SMTPServerDisconnected | aiosmtplib.SMTPReadTimeoutError
    )
    return SendError(f"Mail server: {name}{code}.", is_uncertain=has_begun)
