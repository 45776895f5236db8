"""Where conversations are kept: Rasa's SQL tracker store, on the assistant's own database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import sessionmaker

from sales.database import open_engine
from sales.settings import Settings

EVENTS = SQLTrackerStore.SQLEvent.__table__
STORED = "number_of_stored_events"  # a tracker remembers how many of its events are in the table


class ConversationStore(SQLTrackerStore):
    """Rasa's store and table on `DATABASE_URL` (SQLite in var/ when unset); see endpoints.yml.

    It shares the process's one connection pool, raises at once when the database is away (where
    Rasa's constructor would wait for ever), and reads and writes a turn with one statement each.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        """`host` is ignored: the address is a setting, as for the catalog and the leads."""
        self.engine = open_engine(Settings.from_env().database_url)
        self.Base.metadata.create_all(self.engine)
        self.sessionmaker = sessionmaker(bind=self.engine)
        TrackerStore.__init__(self, domain, event_broker, **kwargs)

    async def _retrieve(
        self, sender_id: str, fetch_events_from_all_sessions: bool
    ) -> DialogueStateTracker | None:
        query = (
            sa.select(EVENTS.c.type_name, EVENTS.c.data)
            .where(EVENTS.c.sender_id == sender_id)
            .order_by(EVENTS.c.id)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        if not fetch_events_from_all_sessions:
            rows = rows[_start_of_last_session(rows) :]
        if not rows or not self.domain:
            return None
        events = [_event(json.loads(row.data)) for row in rows]
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        setattr(tracker, STORED, len(events))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events that are not stored yet."""
        await self.stream_events(tracker)
        stored = getattr(tracker, STORED, None)
        if stored is None:
            return await super().save(tracker)
        rows = [_row(tracker.sender_id, event) for event in list(tracker.events)[stored:]]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(sa.insert(EVENTS), rows)
        setattr(tracker, STORED, stored + len(rows))
        return None


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
