"""Leads, colleagues and conversations for tests of the desk, as the assistant would leave them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.leads.lead import Lead, LeadDraft
from sales.leads.store import take_lead
from sales.office import Office, SlaPolicy

RASA_EVENTS = sa.Table(  # as Rasa's SQL tracker store makes it
    "events",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", sa.String(255), nullable=False, index=True),
    sa.Column("type_name", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float),
    sa.Column("intent_name", sa.String(255)),
    sa.Column("action_name", sa.String(255)),
    sa.Column("data", sa.Text),
)
NEED = {
    "data_rate": 400,
    "loss_sensitivity": "high",
    "budget": "performance",
    "site": "data_center",
    "quantity": 48,
}
ADVICE = {
    "verdict": "MTP",
    "text": "MTP, because 400G leaves little loss to spare.",
    "loss_grade": "LL",
}
SLA = SlaPolicy({"low": 480, "normal": 120, "high": 30})  # business minutes
HOUSE = replace(Office.default(), sla=SLA)


@dataclass
class Conversation:
    """What is said on the website, written into the record as the assistant does."""

    engine: Engine
    conversation_id: str
    at: datetime
    said: int = 0

    def visitor(self, text: str, **metadata: Any) -> Conversation:
        self.said += 1
        event = {"event": "user", "text": text, "message_id": f"m{self.said}", "metadata": metadata}
        return self._add("user", event)

    def assistant(self, text: str, buttons: tuple[str, ...] = (), **metadata: Any) -> Conversation:
        shown = [{"title": title, "payload": f"/{title}"} for title in buttons]
        event = {"event": "bot", "text": text, "data": {"buttons": shown}, "metadata": metadata}
        return self._add("bot", event)

    def _add(self, kind: str, event: Mapping[str, Any]) -> Conversation:
        self.at += timedelta(seconds=5)
        RASA_EVENTS.create(self.engine, checkfirst=True)
        row = {
            "sender_id": self.conversation_id,
            "type_name": kind,
            "timestamp": self.at.timestamp(),
            "data": json.dumps({**event, "timestamp": self.at.timestamp()}),
        }
        with self.engine.begin() as connection:
            connection.execute(sa.insert(RASA_EVENTS).values(row))
        return self


@dataclass
class SalesFloor:
    """Makes leads in a database."""

    engine: Engine
    now: datetime
    office: Office = HOUSE
    made: int = field(default=0)

    def lead(self, name: str = "Mira Testperson", minutes_ago: float = 0, **given: Any) -> Lead:
        """A new lead of the website, with consent; `given` are fields of LeadDraft."""
        self.made += 1
        values: dict[str, Any] = {
            "consent": True,
            "name": name,
            "email": f"visitor{self.made}@example.com",
            "company": "Example Networks",
            "need": NEED,
            "recommendation": ADVICE,
            "products": ("INX-CLN-MPO12-PEN",),
            "conversation_id": f"web-{self.made}",
        }
        at = self.now - timedelta(minutes=minutes_ago)
        with transaction(self.engine) as session:
            return take_lead(session, LeadDraft(**values | given), at, self.office)

    def conversation(self, lead: Lead) -> Conversation:
        return Conversation(
            self.engine, lead.conversation_id, lead.created_at - timedelta(minutes=3)
        )
