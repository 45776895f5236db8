"""What is remembered of a conversation is what the table says, whoever wrote it there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Engine

from bot import conversations
from bot.channels.slack.messages import conversation_of
from bot.conversations import EVENTS, ConversationStore, colleague_of
from bot.recent_tracker import KEPT_TURNS, MOST, MOST_IN_FORM, RecentTracker
from bot.record import Record
from bot.rows_that_count import LATEST, rows_that_count
from sales.database import transaction
from sales.erasure import erase_person
from sales.leads.lead import LeadDraft
from sales.leads.store import take_lead
from sales.rasa_events import buttons_shown, delete_events, said_before
from sales.settings import PROJECT
from sales.takeover.store import begin, end
from sales.team.store import add_member

ANA = "ana"


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(PROJECT / "domain.yml"))


@pytest.fixture
def stores(
    database_url: str, domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> tuple[ConversationStore, ConversationStore]:
    """Two processes on one database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return ConversationStore(domain), ConversationStore(domain)


def read(store: ConversationStore, name: str = ANA) -> DialogueStateTracker:
    tracker = asyncio.run(store.retrieve(name))
    assert tracker is not None
    return tracker


def turn(text: str, *between: Event) -> list[Event]:
    """A message, what came of it, and the wait for the next one."""
    said = [UserUttered(text, {"name": "faq"}), ActionExecuted("utter_faq"), *between]
    return [*said, BotUttered(f"about {text}"), ActionExecuted(ACTION_LISTEN_NAME)]


def opening() -> list[Event]:
    return [SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)]


async def add(store: ConversationStore, events: list[Event], name: str = ANA) -> None:
    tracker = await store.get_or_create_tracker(name, append_action_listen=False)
    tracker.update_with_events(events, store.domain)
    await store.save(tracker)


def write(store: ConversationStore, *events: Event, name: str = ANA) -> None:
    """What a turn does: read, add, save."""
    asyncio.run(add(store, list(events), name))


def said(tracker: DialogueStateTracker) -> list[str | None]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def state_of(tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """Everything that a turn starts from; `said` ends with it."""
    return {
        "slots": tracker.current_slot_values(),
        "form": tracker.active_loop_name,
        "paused": tracker.is_paused(),
        "action": tracker.latest_action_name,
        "message": tracker.latest_message and tracker.latest_message.text,
        "said": said(tracker)[-5:],
        "states": tracker.past_states(domain)[-3:],
    }


def test_two_processes_that_take_turns_see_what_the_other_one_wrote(
    stores: tuple[ConversationStore, ConversationStore], domain: Domain
) -> None:
    write(stores[0], *opening(), *turn("0", SlotSet("data_rate", 0)))
    for n in range(1, 40):
        write(stores[n % 2], *turn(str(n), SlotSet("data_rate", n)))

        seen = [read(store) for store in stores]

        assert [tracker.get_slot("data_rate") for tracker in seen] == [n, n]
        assert state_of(seen[0], domain) == state_of(seen[1], domain)
        assert state_of(seen[0], domain) == state_of(read(ConversationStore(domain)), domain)


def test_an_erased_conversation_is_not_remembered(
    stores: tuple[ConversationStore, ConversationStore], engine: Engine
) -> None:
    here, _ = stores
    write(here, *opening(), *turn("my name is Ana", SlotSet("contact_name", "Ana")))
    assert read(here).get_slot("contact_name") == "Ana"

    with transaction(engine) as session:
        delete_events(session, [ANA])

    assert asyncio.run(here.retrieve(ANA)) is None


def test_a_conversation_that_begins_anew_after_its_erasure_knows_nothing_of_before(
    stores: tuple[ConversationStore, ConversationStore], engine: Engine
) -> None:
    here, there = stores
    write(here, *opening(), *turn("my name is Ana", SlotSet("contact_name", "Ana")))
    read(here)
    with transaction(engine) as session:  # SQLite gives the same row numbers again
        delete_events(session, [ANA])
    write(there, *opening(), *turn("hello"), *turn("again"))

    tracker = read(here)

    assert tracker.get_slot("contact_name") is None
    assert said(tracker) == ["hello", "again"]


def test_nobody_is_shown_words_that_were_erased_when_the_conversation_begins_anew(
    stores: tuple[ConversationStore, ConversationStore], engine: Engine
) -> None:
    record = Record(engine)
    write(stores[0], *opening(), *turn("my name is Ana"))
    shown = record.read(ANA)
    assert [message.text for message in shown.messages] == [
        "my name is Ana",
        "about my name is Ana",
    ]
    with transaction(engine) as session:  # SQLite gives the same row numbers again
        delete_events(session, [ANA])
    write(stores[1], *opening(), *turn("hello"), *turn("again"))

    texts = [message.text for message in record.read(ANA).messages]

    assert texts == ["hello", "about hello", "again", "about again"]


def test_who_was_erased_is_gone_from_what_is_remembered_of_a_colleagues_conversation(
    stores: tuple[ConversationStore, ConversationStore], engine: Engine
) -> None:
    (here, there), record, now = stores, Record(engine), datetime.now(UTC)
    mine = conversation_of("D0ANN", "")
    named = SlotSet("contact_name", "Ana Lee")
    write(here, *opening(), *turn("what of Ana Lee", named), *turn("thanks"), name=mine)
    assert read(here, mine).get_slot("contact_name") == "Ana Lee"
    assert "Ana Lee" in record.read(mine).messages[0].text
    with transaction(engine) as session:
        ann = add_member(session, "Ann", "ann@example.com", "owner", now)
        take_lead(session, LeadDraft(True, "Ana Lee", "a@b.com", conversation_id=ANA), now)

    with transaction(engine) as session:
        erase_person(session, actor=ann, now=now, email="a@b.com")

    for store in (here, there):
        assert read(store, mine).get_slot("contact_name") == "[erased]"
    write(here, *turn("again"), name=mine)  # goes on in what was remembered
    assert said(read(there, mine)) == ["what of [erased]", "thanks", "again"]
    texts = [message.text for message in record.read(mine).messages]
    assert texts[::2] == ["what of [erased]", "thanks", "again"]
    with engine.connect() as connection:
        assert "Ana Lee" not in str(connection.execute(sa.select(EVENTS.c.data)).all())


def test_a_colleague_who_comes_and_goes_is_seen_in_a_remembered_conversation(
    stores: tuple[ConversationStore, ConversationStore], engine: Engine
) -> None:
    here, there = stores
    write(here, *opening(), *turn("a person please"))
    assert colleague_of(read(here)) is None
    now = datetime.now(UTC)
    with transaction(engine) as session:
        ann = add_member(session, "Ann", "ann@example.com", "rep", now)
        lead = take_lead(session, LeadDraft(True, "Ana", "a@b.com", conversation_id=ANA), now)
        takeover = begin(session, ANA, lead.id, ann, now)
    write(there, ConversationPaused(), BotUttered("Ann is here", metadata={"author": "Ann"}))

    during = read(here)
    with transaction(engine) as session:
        end(session, takeover, "released", now)
    after = read(here)

    assert (colleague_of(during), during.is_paused()) == (takeover, True)
    assert during.events[-1].as_dict()["text"] == "Ann is here"
    assert (colleague_of(after), after.is_paused()) == (None, False)


def test_a_turn_that_could_not_be_saved_leaves_no_trace(
    stores: tuple[ConversationStore, ConversationStore], domain: Domain
) -> None:
    here, _ = stores
    write(here, *opening(), *turn("12F", SlotSet("shown_skus", ["A"])))
    before = state_of(read(here), domain)
    tracker = read(here)
    tracker.get_slot("shown_skus").append("B")  # changed in its place
    failed = [
        *turn("lost", SlotSet("data_rate", 400)),
        UserUttered("x", metadata={"bad": object()}),
    ]
    tracker.update_with_events(failed, domain)

    with pytest.raises(TypeError):
        asyncio.run(here.save(tracker))

    assert state_of(read(here), domain) == before
    assert before["slots"]["shown_skus"] == ["A"]


def test_a_turn_that_is_given_up_leaves_no_trace(
    stores: tuple[ConversationStore, ConversationStore], domain: Domain
) -> None:
    here, _ = stores
    write(here, *opening(), *turn("hello"))
    before = state_of(read(here), domain)

    tracker = read(here)
    tracker.update_with_events([UserUttered("and then"), SlotSet("data_rate", 400)], domain)
    tracker.change_loop_to("contact_form")

    assert state_of(read(here), domain) == before


def test_a_row_that_cannot_be_read_is_an_error_each_time_and_not_half_remembered(
    stores: tuple[ConversationStore, ConversationStore], engine: Engine
) -> None:
    here, _ = stores
    write(here, *opening(), *turn("hello"))
    read(here)
    write(stores[1], *turn("again", SlotSet("data_rate", 400)))
    last = sa.select(sa.func.max(EVENTS.c.id)).scalar_subquery()
    with engine.begin() as connection:
        good = connection.execute(sa.select(EVENTS.c.data).where(EVENTS.c.id == last)).scalar()
        connection.execute(sa.update(EVENTS).where(EVENTS.c.id == last).values(data="{"))
    for _ in range(2):
        with pytest.raises(ValueError, match="Expected"):
            read(here)
    with engine.begin() as connection:
        connection.execute(sa.update(EVENTS).where(EVENTS.c.id == last).values(data=good))

    assert said(read(here)) == ["hello", "again"]


def test_starting_over_and_taking_back_mean_the_same_whether_remembered_or_read_anew(
    stores: tuple[ConversationStore, ConversationStore], domain: Domain
) -> None:
    here, _ = stores
    write(here, *opening(), *turn("0"))
    for n in range(1, 60):
        more: list[Event] = [SlotSet("data_rate", n)]
        if n % 17 == 0:
            more = [Restarted(), SessionStarted(), SlotSet("company", "kept")]
        elif n % 11 == 0:
            more = [SlotSet("budget", "tight"), UserUtteranceReverted()]
        elif n % 7 == 0:
            more = [ActiveLoop("contact_form"), SlotSet("requested_slot", "contact_name")]
        elif n % 7 == 3:
            more = [ActiveLoop(None), SlotSet("requested_slot", None)]
        write(here, *turn(str(n), *more))

        assert state_of(read(here), domain) == state_of(read(ConversationStore(domain)), domain)


def test_a_long_conversation_read_anew_is_what_all_of_its_rows_make_it(
    stores: tuple[ConversationStore, ConversationStore],
    domain: Domain,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here, _ = stores
    write(here, *opening(), *turn("0", SlotSet("company", "first")))
    sparing = 0
    for n in range(1, 120):
        more: list[Event] = [SlotSet("data_rate", n)]
        if n % 37 == 0:
            more = [AllSlotsReset(), SlotSet("budget", "tight")]
        elif n % 53 == 0:
            more = [SessionStarted(), SlotSet("company", "again")]
        elif n % 7 == 0:
            more = [ActiveLoop("contact_form"), SlotSet("requested_slot", "contact_name")]
        elif n % 7 == 3:
            more = [ActiveLoop(None), SlotSet("requested_slot", None)]
        elif n % 29 == 0:
            more = [ConversationPaused(), ConversationResumed(), FollowupAction("action_listen")]
        write(here, *turn(str(n), *more))
        with transaction(engine) as session:
            few = rows_that_count(session, ANA)
        if few is None:
            continue
        sparing += 1

        found = state_of(read(ConversationStore(domain)), domain)

        assert len(few) < LATEST + 60
        with monkeypatch.context() as patched:
            patched.setattr(conversations, "rows_that_count", lambda *_: None)
            assert found == state_of(read(ConversationStore(domain)), domain)
    assert sparing > 40


def test_six_hundred_turns_keep_their_slots_buttons_and_words_and_little_in_memory(
    stores: tuple[ConversationStore, ConversationStore], domain: Domain, engine: Engine
) -> None:
    here, _ = stores
    first = [SlotSet("data_rate", 400), SlotSet("recommendation", {"connector": "MTP"})]
    write(here, *opening(), *turn("0", *first, BotUttered("?", {"buttons": [{"payload": "/a"}]})))
    for start in range(1, 600, 10):
        turns = (turn(str(n), SlotSet("requested_slot", None)) for n in range(start, start + 10))
        write(here, *(event for events in turns for event in events))

    recent, whole = read(here), asyncio.run(here.retrieve_full_tracker(ANA))

    assert recent.get_slot("data_rate") == 400
    assert recent.get_slot("recommendation") == {"connector": "MTP"}
    assert len(recent.events) <= MOST + 10
    assert said(recent)[-KEPT_TURNS:] == [str(n) for n in range(601 - KEPT_TURNS, 601)]
    assert whole is not None
    assert said(whole) == [str(n) for n in range(601)]
    with transaction(engine) as session:
        told = said_before(session, ANA, datetime.now(UTC).timestamp() + 1)
        assert [line["text"] for line in told if line["event"] == "user"] == said(whole)
        assert buttons_shown(session, ANA) == {}  # too long ago


def test_a_form_that_stays_open_is_still_open_and_does_not_fill_the_memory(
    stores: tuple[ConversationStore, ConversationStore],
) -> None:
    here, _ = stores
    open_form = [ActiveLoop("contact_form"), SlotSet("requested_slot", "contact_name")]
    write(here, *opening(), *turn("0", *open_form))
    for start in range(1, 300, 3):
        write(here, *(event for n in range(start, start + 3) for event in turn(str(n))))

    tracker = read(here)

    assert tracker.active_loop_name == "contact_form"
    assert tracker.get_slot("requested_slot") == "contact_name"
    assert len(tracker.events) <= MOST_IN_FORM + 10


def test_a_bounded_number_of_conversations_is_remembered(
    stores: tuple[ConversationStore, ConversationStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [*opening(), *turn("hello")]
    monkeypatch.setattr("bot.conversations.MOST_REMEMBERED", 5 * len(events))
    here, _ = stores
    for n in range(10):
        write(here, *opening(), *turn("hello"), name=f"visitor {n}")
        read(here, f"visitor {n}")

    assert len(here._remembered) == 5
    assert said(read(here, "visitor 0")) == ["hello"]


def test_a_copy_is_a_tracker_of_its_own(domain: Domain) -> None:
    tracker = RecentTracker.from_events(ANA, [*opening(), *turn("hello")], domain.slots)

    twin = tracker.copy()
    twin.update_with_events([SlotSet("data_rate", 400), ActiveLoop("contact_form")], domain)

    assert tracker.get_slot("data_rate") is None
    assert tracker.active_loop_name is None
    assert len(twin.events) == len(tracker.events) + 2
