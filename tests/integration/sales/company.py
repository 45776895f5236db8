"""The assistant with everything around it, all real: Slack, mail, a CRM, the team, a database."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import open_engine
from sales.office import Office
from sales.outbox.tables import outbox
from sales.settings import Settings
from tests.integration.delivery.receiver import Receiver, receiving
from tests.integration.sales.mail import MailServer, serving_mail
from tests.integration.server import Server
from tests.integration.slack.house import NAMES, SALES, hire
from tests.integration.website.conftest import GENEROUS, SECRET
from tests.slack_people import Answer, words_in
from tests.slack_stand_in import SlackStandIn
from tests.slack_workspace import Json

WEBHOOK_SECRET = "a secret between us and the CRM of the tests"
ALL_DELIVERED_WITHIN_S = 120.0
PATIENCE_S = 120.0
LOOK_AGAIN_S = 0.02
SLACK_PAUSE_S = 0.5  # before it sends again


class Slack(SlackStandIn):
    """Tells `after` about each call that it carried out, before it answers."""

    after: Callable[[str, Json], None] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[bytes, str]] = []  # (body, content type) of what the app was told

    def post(self, url: str, body: bytes, kind: str, **headers: str) -> Answer:
        self.sent.append((body, kind))
        return super().post(url, body, kind, **headers)

    def call(self, method: str, args: Json, token: str | None) -> Json:
        answer = super().call(method, args, token)
        if self.after:
            self.after(method, args)
        return answer


@dataclass
class Company:
    """What everybody sees, in Slack, in the mailbox, in the CRM; and what is still on its way."""

    server: Server
    slack: Slack
    mail: MailServer
    crm: Receiver
    engine: Engine = field(repr=False)

    def cards(self, reference: str) -> list[Json]:
        """The messages in the sales channel that are about a lead: one."""
        found = [m for m in self.slack.messages_in(SALES) if m.get("blocks")]
        return [m for m in found if reference in words_in(m["blocks"][0])]

    async def card(self, reference: str, *parts: str) -> Json:
        """The lead's card, as soon as it is there and says all of `parts`."""

        def shown() -> Json | None:
            found = self.cards(reference)
            is_right = found and all(part in words_in(found[0]) for part in parts)
            return found[0] if is_right else None

        card: Json = await self.until(shown)
        return card

    async def until(self, holds: Callable[[], Any], timeout_s: float = PATIENCE_S) -> Any:
        """What `holds` gives once it is true of Slack."""
        async with asyncio.timeout(timeout_s):
            while not (found := holds()):  # asked again: threads would outlive a test that fails
                await asyncio.sleep(LOOK_AGAIN_S)
        return found

    def thread(self, reference: str) -> list[str]:
        """What stands under the lead's card, oldest first."""
        (card,) = self.cards(reference)
        return [message["text"] for message in self.slack.thread(card["ts"])]

    def visitor_said(self, reference: str) -> list[str]:
        """What the visitor said while a colleague had the conversation, as the thread has it."""
        head = "*Visitor:*\n>"
        return [t.removeprefix(head) for t in self.thread(reference) if t.startswith(head)]

    def whispers(self, user: str) -> list[str]:
        """What only this person was told."""
        return [e["text"] for e in self.slack.ephemerals if e["user"] == user]

    async def press(self, user: str, card: Json, action: str, value: str | None = None) -> Answer:
        return await asyncio.to_thread(self.slack.press, user, card, action, value)

    async def write(self, user: str, card: Json, text: str) -> None:
        """A colleague writes in the card's thread. Slack tells the app until it acknowledges."""
        said = await asyncio.to_thread(self.slack.say, user, SALES, text, card["ts"])
        message = self.slack.find(SALES, said.ts)
        event = {**(message or {}), "channel": SALES, "channel_type": "channel",
                 "event_ts": said.ts, "parent_user_id": card["user"]}  # fmt: skip
        for event_id, answer in zip(said.event_ids, said.answers, strict=True):
            attempt = 0
            while not answer.is_ok:
                attempt += 1
                await asyncio.sleep(SLACK_PAUSE_S)
                answer = await asyncio.to_thread(self.slack.send_event, event, event_id, attempt)

    def crm_events(self, reference: str) -> list[str]:
        """What the CRM heard of a lead, in the order in which it first came."""
        told = (json.loads(one.body) for one in self.crm.posted)
        keys = {one["id"]: one["event"] for one in told if one["lead"]["reference"] == reference}
        return list(keys.values())

    def waiting(self) -> list[tuple[str, str]]:
        """(channel, kind) of what is still to be delivered."""
        query = sa.select(outbox.c.channel, outbox.c.kind).where(outbox.c.delivered_at.is_(None))
        with self.engine.connect() as connection:
            return [(row.channel, row.kind) for row in connection.execute(query)]

    async def everything_delivered(self) -> None:
        """Wait until nothing is on its way."""
        give_up = asyncio.get_running_loop().time() + ALL_DELIVERED_WITHIN_S
        while found := await asyncio.to_thread(self.waiting):
            assert asyncio.get_running_loop().time() < give_up, found
            await asyncio.sleep(0.05)

    def office(self) -> Office:
        """The house as the server's own settings have it."""
        return Settings.from_env(self.server.settings).office

    def check_webhooks(self) -> None:
        """Each is signed by us, and a repeat has the same body."""
        bodies: dict[str, bytes] = {}
        for one in self.crm.posted:
            signed = one.headers["X-Fiberbot-Timestamp"].encode() + b"." + one.body
            expected = hmac.new(WEBHOOK_SECRET.encode(), signed, hashlib.sha256).hexdigest()
            assert one.headers["X-Fiberbot-Signature"] == f"sha256={expected}"
            assert bodies.setdefault(one.headers["Idempotency-Key"], one.body) == one.body


@contextmanager
def company(folder: Path, database_url: str = "", **settings: str) -> Iterator[Company]:
    """A company at work; its server is started, and stopped at the end."""
    with ExitStack() as stack:
        slack = stack.enter_context(Slack())
        mail, crm = stack.enter_context(serving_mail()), stack.enter_context(receiving())
        assert isinstance(slack, Slack)
        for user, name in NAMES.items():
            slack.add_user(user, name)
        slack.add_channel(SALES, "sales", "channel", *NAMES)
        database_url = database_url or f"sqlite:///{folder / 'server.db'}"
        server = Server(folder, {**_settings(slack, mail, crm, database_url), **settings})
        slack.app_url = f"http://127.0.0.1:{server.port}/webhooks/slack/webhook"
        server.start()
        engine = open_engine(database_url)
        hire(engine)
        try:
            yield Company(server, slack, mail, crm, engine)
        finally:
            if server.answers():
                server.stop()
        assert "@example.com" not in server.log, "an address of a visitor is in the log"


def _settings(slack: Slack, mail: MailServer, crm: Receiver, database_url: str) -> dict[str, str]:
    return {
        **GENEROUS,
        "DATABASE_URL": database_url,
        "WEBSITE_SECRET": SECRET,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_SALES_CHANNEL": SALES,
        "SLACK_API_URL": slack.api_url,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail.port),
        "SMTP_SECURITY": "none",
        "MAIL_FROM": "desk@fiber.test",
        "MAIL_TO": "sales@fiber.test",
        "WEBHOOK_URLS": crm.url,
        "WEBHOOK_SECRET": WEBHOOK_SECRET,
        "WEBHOOK_ALLOW_PRIVATE": "yes",
    }
