"""A house with a team, a sales channel and leads, for tests of what Slack gets to see."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.engine import Engine

from bot.delivery.slack import SlackSender
from bot.delivery.slack_posts import slack_client
from bot.delivery.worker import Sender, Worker
from sales.database import transaction
from sales.leads.lead import Lead, LeadDraft
from sales.leads.store import take_lead
from sales.office import Office, Routes
from sales.outbox.store import Notification, OutboxEntry, dead_letters, enqueue, open_notifications
from sales.settings.selling import SlackSettings
from sales.team.roles import Member
from sales.team.store import add_member
from tests.slack_stand_in import SlackStandIn
from tests.slack_workspace import Json

SALES = "C0SALES"
REP, OTHER_REP, ENGINEER, MANAGER, STRANGER = "U0REP", "U0OTHER", "U0ENG", "U0MAN", "U0WHO"
NAMES = {REP: "Bo Chen", OTHER_REP: "Cy Diaz", ENGINEER: "Di Evans", MANAGER: "Ed Fox",
         STRANGER: "Nobody Known"}  # fmt: skip
ROLES = {REP: "rep", OTHER_REP: "rep", ENGINEER: "engineer", MANAGER: "manager"}
OFFICE = replace(Office.default(), routes=Routes(slack=True), desk_url="https://desk.example.com")
NOON = datetime(2025, 7, 1, 19, tzinfo=UTC)  # a Tuesday in California
LINES = (
    {"who": "visitor", "text": "I need 400G trunks", "at": 1751396400.0},
    {"who": "bot", "text": "How long shall they be?", "at": 1751396401.0},
)
ANA = LeadDraft(
    consent=True,
    name="Ana Lee",
    email="ana@example.com",
    company="Acme",
    need={"data_rate": 400},
    recommendation={"verdict": "MTP", "text": "MTP, because 400G leaves little loss to spare."},
    conversation_id="web-1",
    transcript=LINES,
)


@dataclass
class House:
    """The database, the office and Slack. Time stands still; `deliver` says when it is."""

    engine: Engine
    slack: SlackStandIn

    @property
    def settings(self) -> SlackSettings:
        slack = self.slack
        return SlackSettings(slack.bot_token, slack.signing_secret, SALES, "", slack.api_url)

    def take(self, draft: LeadDraft = ANA, now: datetime = NOON) -> Lead:
        """A visitor leaves a contact."""
        with transaction(self.engine) as session:
            return take_lead(session, draft, now, OFFICE)

    def tell(self, kind: str, key: str, payload: Mapping[str, Any], lead: Lead | None) -> None:
        """Something is to be told in Slack: about a lead, or in a conversation."""
        place = f"slack:{payload.get('channel')}:{payload.get('thread_ts') or ''}"
        stream = f"lead:{lead.id}" if lead else place
        row = Notification("slack", kind, key, stream, payload, lead.id if lead else None)
        with transaction(self.engine) as session:
            enqueue(session, [row], NOON)

    def deliver(
        self, now: datetime = NOON, client: AsyncWebClient | None = None, rounds: int = 50
    ) -> int:
        """The worker delivers until nothing more is due at that time; how often it tried."""
        sender = SlackSender(
            self.engine, client or slack_client(self.settings), self.settings, OFFICE,
            clock=lambda: now,
        )  # fmt: skip
        return asyncio.run(_deliver(self.engine, sender, now, rounds))

    def deliver_later(self) -> int:
        """As an hour later, when everything that waited is due again."""
        return self.deliver(NOON + timedelta(hours=1))

    def waiting(self) -> list[OutboxEntry]:
        """What Slack has not got yet."""
        with transaction(self.engine) as session:
            return open_notifications(session, channel="slack")

    def given_up(self) -> list[OutboxEntry]:
        with transaction(self.engine) as session:
            return dead_letters(session)

    def cards(self) -> list[Json]:
        """What stands in the sales channel."""
        return self.slack.messages_in(SALES)

    def card(self) -> Json:
        """The only message in the sales channel."""
        (card,) = self.cards()
        return card

    def thread(self) -> list[str]:
        """The texts under the only card, oldest first."""
        return [message["text"] for message in self.slack.thread(self.card()["ts"])]


async def _deliver(engine: Engine, sender: Sender, now: datetime, rounds: int) -> int:
    worker, tried = Worker(engine, {"slack": sender}), 0
    for _ in range(rounds):
        done = await worker.run_once(now)
        if not done:
            break
        tried += done
    return tried


def hire(engine: Engine) -> dict[str, Member]:
    """The team, by Slack user id; STRANGER is not on it."""
    with transaction(engine) as session:
        return {
            user: add_member(
                session, NAMES[user], f"{user.lower()}@example.com", role, NOON, slack_user_id=user
            )
            for user, role in ROLES.items()
        }
