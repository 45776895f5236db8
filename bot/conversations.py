"""Where conversations are kept: Rasa's SQL tracker store, on the assistant's own database.

Those that go on are remembered, each as far as it was read. What a turn adds is written to the
table and comes back from there, like the rows of any other process; so a turn that fails changes
nothing here, and what is remembered is what the table says.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
import ujson
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Session, sessionmaker

from bot import fencing
from bot.recent_tracker import MOST, RecentTracker
from bot.record import BOT, USER, WORD_JOINER, Said
from bot.rows_that_count import rows_that_count
from sales.alone import alone
from sales.database import open_engine, transaction
from sales.rasa_events import buttons_shown
from sales.settings import Settings
from sales.statistics.events import index_events
from sales.takeover.store import Takeover, current, forward

EVENTS = SQLTrackerStore.SQLEvent.__table__
STORED = "number_of_stored_events"  # a tracker remembers how many of its events are in the table
COLLEAGUE = "colleague"  # a tracker remembers who had the conversation when it was read
LAST_SAID = "last_said"  # and what was said last, by anybody
FORM_SLOTS = ("contact_name", "contact_reach", "company", "contact_note")
SKIPPED = "none"
MOST_REMEMBERED = 18_000  # events of all conversations (1 kB each); others are read anew
OF_THE_MODEL = {"model_id", "assistant_id"}  # metadata of every event
UNDERSTOOD = ("intent", "entities", "text")  # of an earlier message; the ranking is of no more use
ROWS = (
    sa.select(EVENTS.c.id, EVENTS.c.type_name, EVENTS.c.data)
    .where(EVENTS.c.sender_id == sa.bindparam("conversation"), EVENTS.c.id >= sa.bindparam("since"))
    .order_by(EVENTS.c.id)
)
ROWS_AT_ONCE = 500
Json = dict[str, Any]


@dataclass
class Remembered:
    """A conversation as far as it was read: up to a row, which tells whether it goes on there."""

    tracker: RecentTracker
    last_row: int = 0
    last_hash: int = hash("")  # of its data
    last_said: Said = (0, hash(""))

    def is_continued_by(self, row: Any) -> bool:
        """False when it was erased, even if the database has given the row's number again."""
        return row is not None and (row.id, hash(row.data)) == (self.last_row, self.last_hash)


class ConversationStore(SQLTrackerStore):
    """Rasa's store and table on `DATABASE_URL` (SQLite in var/ when unset); see endpoints.yml.

    It shares the process's one connection pool, raises at once when the database is away (where
    Rasa's constructor would wait for ever), and reads and writes a turn with one statement each.
    A tracker has the latest turns of its conversation, and the state that all of them led to.
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
        self._remembered: OrderedDict[str, Remembered] = OrderedDict()  # the latest used last
        self._events_remembered = 0
        self._blank = (None, RecentTracker("", ()))  # of a domain, and a tracker without events
        TrackerStore.__init__(self, domain, event_broker, **kwargs)

    async def _retrieve(
        self, sender_id: str, fetch_events_from_all_sessions: bool
    ) -> DialogueStateTracker | None:
        with transaction(self.engine) as session:
            if fetch_events_from_all_sessions:
                tracker = self._whole(session, sender_id)
            else:
                tracker = self._recent(session, sender_id)
            colleague = current(session, sender_id) if tracker else None
        if tracker is None:
            return None
        tracker._paused = colleague is not None  # the events say it later, once it is delivered
        setattr(tracker, COLLEAGUE, colleague)
        setattr(tracker, STORED, len(tracker.events))
        return tracker

    def _whole(self, session: Session, sender_id: str) -> DialogueStateTracker | None:
        """Every event of the conversation; None when there is none."""
        rows = _rows(session, sender_id, 0)
        found = [(row.id, _event(ujson.loads(row.data))) for row in rows]
        if not found or not self.domain:
            return None
        events = [event for _, event in found]
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        fencing.remember(tracker, found[-1][0])
        return tracker

    def _recent(self, session: Session, sender_id: str) -> DialogueStateTracker | None:
        """The latest turns, in a tracker of its own; None when there are none."""
        known = self._remembered.pop(sender_id, None)  # and not put back if reading fails
        if known is not None:
            self._events_remembered -= len(known.tracker.events)
            rows = iter(_rows(session, sender_id, known.last_row))
            if not known.is_continued_by(next(rows, None)):
                known = None
        if known is None:
            few = rows_that_count(session, sender_id)
            rows = iter(_rows(session, sender_id, 0) if few is None else few)
            known = Remembered(self._new(sender_id))
        self._read_on(known, rows)
        if not known.last_row or not self.domain:
            return None
        self._remember(sender_id, known)
        tracker = known.tracker.copy()
        tracker.own_values()
        fencing.remember(tracker, known.last_row)
        setattr(tracker, LAST_SAID, known.last_said)
        return tracker

    def _read_on(self, known: Remembered, rows: Iterable[Any]) -> None:
        for row in rows:
            if row.type_name == SessionStarted.type_name:
                known.tracker = self._new(known.tracker.sender_id)
            known.tracker.update(_event(_without_ballast(ujson.loads(row.data))))
            known.last_row, known.last_hash = row.id, hash(row.data)
            if row.type_name in (USER, BOT):
                known.last_said = row.id, known.last_hash
            if len(known.tracker.events) > 2 * MOST:
                known.tracker.forget_old_turns()
        known.tracker.forget_old_turns()

    def _remember(self, sender_id: str, known: Remembered) -> None:
        self._remembered[sender_id] = known
        self._events_remembered += len(known.tracker.events)
        while self._events_remembered > MOST_REMEMBERED:
            _, oldest = self._remembered.popitem(last=False)
            self._events_remembered -= len(oldest.tracker.events)

    def init_tracker(self, sender_id: str) -> RecentTracker:
        """A tracker for a conversation that has just begun."""
        return self._new(sender_id)

    def _new(self, sender_id: str) -> RecentTracker:
        domain, blank = self._blank
        if domain is not self.domain:
            blank = RecentTracker("", self.domain.slots)
            self._blank = (self.domain, blank)
        return blank.for_conversation(sender_id)

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
            words = in_plain_words(session, tracker.sender_id, event)
            who = (session, tracker.sender_id, str(event.message_id))
            forward(*who, words, at, self._routes, colleague_of(tracker))


def colleague_of(tracker: DialogueStateTracker) -> Takeover | None:
    """Who had the conversation when this tracker was read; None: the assistant."""
    found: Takeover | None = getattr(tracker, COLLEAGUE, None)
    return found


def last_said(tracker: DialogueStateTracker) -> Said | None:
    """The last row of the record (bot/record.py) when this tracker was read; None: look there."""
    found: Said | None = getattr(tracker, LAST_SAID, None)
    return found


def in_plain_words(session: Session, conversation_id: str, message: UserUttered) -> str:
    """The message for people: a pressed button by its title, a form with what was filled in."""
    text = (message.text or "").removeprefix(WORD_JOINER)
    if text.startswith("/"):
        return buttons_shown(session, conversation_id).get(text, text)
    filled = {e["entity"]: e["value"] for e in message.entities if e["entity"] in FORM_SLOTS}
    if not filled:
        return text
    given = [str(filled[name]) for name in FORM_SLOTS if filled.get(name, SKIPPED) != SKIPPED]
    return f"{text}: {', '.join(given)}"


def _rows(session: Session, conversation_id: str, since: int) -> Any:
    """The conversation's rows from this one on, oldest first; all of them not at once."""
    which = {"conversation": conversation_id, "since": since}
    options = {} if since else {"yield_per": ROWS_AT_ONCE}
    return session.execute(ROWS, which, execution_options=options)


def _without_ballast(data: Json) -> Json:
    """An event without what only its own turn needed: most of its size."""
    if data["event"] == UserUttered.type_name:
        parsed = data.get("parse_data") or {}
        data["parse_data"] = {name: parsed[name] for name in UNDERSTOOD if name in parsed}
    elif data["event"] == BotUttered.type_name:
        shown = data.get("data") or {}
        data["data"] = {name: shown[name] for name in shown if shown[name] and name != "custom"}
    if (data.get("metadata") or {}).keys() == OF_THE_MODEL:
        data["metadata"] = _of_the_model(**data["metadata"])
    return data


@lru_cache(maxsize=8)
def _of_the_model(**metadata: str) -> Json:
    """One for all events, which nobody changes in place: a third of what an event takes."""
    return metadata


def _event(data: Json) -> Event:
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
        "data": ujson.dumps(data, escape_forward_slashes=False),
    }
