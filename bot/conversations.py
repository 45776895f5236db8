"""Where conversations are kept: Rasa's SQL tracker store, on the assistant's own database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Session, sessionmaker

from bot import fencing
from bot.record import WORD_JOINER
from sales.alone import alone
from sales.database import open_engine, transaction
from sales.settings import Settings
from sales.statistics.events import index_events
from sales.takeover.store import Takeover, current, forward

EVENTS = SQLTrackerStore.SQLEvent.__table__
STORED = "number_of_stored_events"  # a tracker remembers how many of its events are in the table
COLLEAGUE = "colleague"  # a tracker remembers who had the conversation when it was read
FORM_SLOTS = ("contact_name", "contact_reach", "company", "contact_note")
SKIPPED = "none"


class ConversationStore(SQLTrackerStore):
    """Rasa's store and table on `DATABASE_URL` (SQLite in var/ when unset); see endpoints.yml.

    It shares the process's one connection pool, raises at once when the database is away (where
    Rasa's constructor would wait for ever), and reads and writes a turn with one statement each.
    A conversation is paused while a colleague has it (sales/takeover), and what its visitor
    writes then is passed on with the transaction that keeps it.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        """`host` is ignored: the address is a setting, as for the catalog and the leads."""
        settings = Settings.from_env()
        self.engine, self._routes = open_engine(settings.database_url), settings.office.routes
        with alone(self.engine, "events"):  # several processes may start at the same moment
            self.Base.metadata.create_all(self.engine)
            index_events(self.engine)
        self.sessionmaker = sessionmaker(bind=self.engine)
        TrackerStore.__init__(self, domain, event_broker, **kwargs)

    async def _retrieve(
        self, sender_id: str, fetch_events_from_all_sessions: bool
    ) -> DialogueStateTracker | None:
        query = (
            sa.select(EVENTS.c.id, EVENTS.c.type_name, EVENTS.c.data)
            .where(EVENTS.c.sender_id == sender_id)
            .order_by(EVENTS.c.id)
        )
        with transaction(self.engine) as session:
            rows = session.execute(query).all()
            colleague = current(session, sender_id)
        if not fetch_events_from_all_sessions:
            rows = rows[_start_of_last_session(rows) :]
        if not rows or not self.domain:
            return None
        events = [_event(json.loads(row.data)) for row in rows]
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        tracker._paused = colleague is not None  # the events say it later, once it is delivered
        setattr(tracker, COLLEAGUE, colleague)
        setattr(tracker, STORED, len(events))
        fencing.remember(tracker, rows[-1].id)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events that are not stored yet. Raises LostTurnError."""
        await self.stream_events(tracker)
        stored = getattr(tracker, STORED, None if tracker.events else 0)  # a new one is empty
        if stored is None:
            return await super().save(tracker)
        events = list(tracker.events)[stored:]
        if events:
            with transaction(self.engine) as session:
                fencing.hold(session, tracker)
                rows = [_row(tracker.sender_id, event) for event in events]
                session.execute(sa.insert(EVENTS), rows)
                self._pass_on(session, tracker, events)
                fencing.remember_saved(session, tracker)
        setattr(tracker, STORED, stored + len(events))
        return None

    def _pass_on(
        self, session: Session, tracker: DialogueStateTracker, events: Iterable[Event]
    ) -> None:
        """Give what the visitor wrote to the colleague who has the conversation, if any."""
        said = (event for event in events if isinstance(event, UserUttered) and event.text)
        for event in said:
            at = datetime.fromtimestamp(event.timestamp, UTC)
            words = in_plain_words(tracker, event)
            who = (session, tracker.sender_id, str(event.message_id))
            forward(*who, words, at, self._routes, colleague_of(tracker))


def colleague_of(tracker: DialogueStateTracker) -> Takeover | None:
    """Who had the conversation when this tracker was read; None: the assistant."""
    found: Takeover | None = getattr(tracker, COLLEAGUE, None)
    return found


def in_plain_words(tracker: DialogueStateTracker, message: UserUttered) -> str:
    """The message for people: a pressed button by its title, a form with what was filled in."""
    text = (message.text or "").removeprefix(WORD_JOINER)
    if text.startswith("/"):
        return _title(tracker, text)
    filled = {e["entity"]: e["value"] for e in message.entities if e["entity"] in FORM_SLOTS}
    if not filled:
        return text
    given = [str(filled[name]) for name in FORM_SLOTS if filled.get(name, SKIPPED) != SKIPPED]
    return f"{text}: {', '.join(given)}"


def _title(tracker: DialogueStateTracker, payload: str) -> str:
    """What stood on the button, or the payload when no button had it."""
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            for button in event.data.get("buttons") or []:
                if button.get("payload") == payload:
                    return str(button["title"])
    return payload


def _start_of_last_session(rows: Iterable[Any]) -> int:
    starts = [n for n, row in enumerate(rows) if row.type_name == SessionStarted.type_name]
    return starts[-1] if starts else 0


def _event(data: dict[str, Any]) -> Event:
    return _event_class(data["event"])._from_parameters(data)


@cache
def _event_class(type_name: str) -> type[Event]:
    """Rasa looks through all subclasses for each event; the answer never changes."""
    return Event.resolve_by_type(type_name)


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }
