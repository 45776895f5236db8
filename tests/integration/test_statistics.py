"""The dashboard's figures: of conversations that were really held, and of made-up long ones."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.recommending import ANSWERS
from sales.database import open_engine, transaction
from sales.feedback.store import rate_answer, rate_conversation
from sales.leads.lead import LeadDraft
from sales.leads.store import take_lead
from sales.leads.tables import leads
from sales.settings import Settings
from sales.statistics.conversations import Answers, answers, talk
from sales.statistics.dashboard import dashboard
from sales.statistics.events import index_events
from sales.statistics.funnel import QUESTIONS, Funnel, Step, funnel
from sales.statistics.leads import lead_figures
from sales.statistics.period import Period, Spread
from sales.statistics.ratings import Thumbs, stars, thumbs, worst_answers
from tests.conversations.talk import Visitor

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = Period(NOON - 3 * DAY, NOON + 4 * DAY)
EVENTS = SQLTrackerStore.SQLEvent.__table__


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A database with Rasa's table of events in it, as Rasa creates it."""
    SQLTrackerStore.Base.metadata.create_all(engine)
    with transaction(engine) as session:
        yield session


@dataclass
class Conversation:
    """Writes a conversation's events as the assistant does."""

    session: Session
    sender: str
    at: datetime = NOON
    _rows: list[dict[str, Any]] = field(default_factory=list)

    def event(self, kind: str, name: str | None = None, **data: Any) -> Conversation:
        stamp = self.at.timestamp()
        data = {"event": kind, "timestamp": stamp, "name": name, **data}
        row = {
            "sender_id": self.sender,
            "type_name": kind,
            "timestamp": stamp,
            "action_name": name,
            "data": json.dumps(data),
        }
        self.session.execute(sa.insert(EVENTS), row)
        return self

    def turn(self, action: str = "utter_faq", seconds: float = 0.5, says: str = "") -> Conversation:
        """The visitor writes, the assistant answers `seconds` later, and listens."""
        self.event("user")
        self.at += timedelta(seconds=seconds)
        self.event("action", action)
        self.event("bot", text="An answer.", metadata={"utter_action": says or action})
        return self.event("action", "action_listen")

    def heard_by_a_colleague(self, minutes: int) -> Conversation:
        """The visitor writes, the assistant keeps still, a colleague answers."""
        self.event("user", metadata={"heard_by": "Rita"})
        self.at += timedelta(minutes=minutes)
        return self.event("bot", text="Let me see.", metadata={"author": "Rita"})

    def slot(self, name: str, value: Any) -> Conversation:
        self.at += timedelta(seconds=1)
        return self.event("slot", name, value=value)


def lead(
    session: Session, number: int, now: datetime = NOON, conversation: str = "", **row: Any
) -> int:
    draft = LeadDraft(consent=True, email=f"{number}@example.com", conversation_id=conversation)
    lead_id = take_lead(session, draft, now).id
    if row:
        session.execute(sa.update(leads).where(leads.c.id == lead_id).values(row))
    return lead_id


# ---------------------------------------------------------------- conversations really held


@pytest.fixture(scope="module")
def held(agent: object, loop: Any) -> list[dict[str, Any]]:
    """The events of three conversations with the real assistant."""
    visitors = [Visitor(agent, loop) for _ in range(3)]  # type: ignore[arg-type]
    advised, lost, brief = visitors
    for text in (
        "which plug fits our needs? please guide me",
        "400G",
        "yes we repair them ourselves",
        "very sensitive to loss",
        "performance first",
    ):
        advised.says(text)
    while advised.reply.responses and advised.reply.responses[0].startswith("say_ask_rec"):
        advised.says("i don't know")
    lost.says("what does the return loss number tell me")
    lost.says("snorkel the frobnicator upside")
    brief.says("which plug fits our needs? please guide me")
    names = [visitor.sender_id for visitor in visitors]
    query = sa.select(EVENTS).where(EVENTS.c.sender_id.in_(names)).order_by(EVENTS.c.id)
    with open_engine(Settings.from_env().database_url).connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


@pytest.fixture
def today() -> Period:
    return Period.last_days(datetime.now(UTC) + HOUR, 2)


def test_real_conversations_are_counted_turn_by_turn(
    session: Session, held: list[dict[str, Any]], today: Period
) -> None:
    session.execute(sa.insert(EVENTS), held)
    written = sum(row["type_name"] == "user" for row in held)

    found, turns = talk(session, today), answers(session, today)

    assert (found.all_conversations, found.messages.total) == (3, written)
    assert found.replies.total == sum(row["type_name"] == "bot" for row in held)
    assert (turns.turns, turns.not_understood) == (written, 1)
    assert turns.seconds.count == written
    assert turns.seconds.median is not None
    assert 0 < turns.seconds.median < 10


def test_the_funnel_of_real_conversations_ends_in_a_recommendation(
    session: Session, held: list[dict[str, Any]], today: Period
) -> None:
    session.execute(sa.insert(EVENTS), held)

    found = funnel(session, today)
    by_name = {step.question: step for step in found.steps}

    assert (found.started, found.recommended, found.leads) == (2, 1, 0)
    assert (by_name["data_rate"].asked, by_name["data_rate"].answered) == (2, 1)
    assert (by_name["rework"].asked, by_name["rework"].answered) == (1, 1)


def test_the_worst_rated_answer_of_a_real_conversation_is_named(
    session: Session, held: list[dict[str, Any]], today: Period
) -> None:
    session.execute(sa.insert(EVENTS), held)
    said = ((row["sender_id"], json.loads(row["data"]).get("text")) for row in held)
    asked = next(who for who, text in said if (text or "").startswith("what does the return"))
    rate_answer(session, asked, 1, "down", datetime.now(UTC))

    (worst,) = worst_answers(session, today)

    assert (worst.name, worst.up, worst.down) == ("utter_faq/return_loss", 0, 1)
    assert "return loss" in worst.text.lower()


def test_the_questions_of_the_funnel_are_those_of_the_form() -> None:
    assert set(QUESTIONS) == set(ANSWERS)


# ---------------------------------------------------------------- conversations and answers


def test_every_day_of_the_period_has_a_count_and_a_conversation_counts_on_each_of_its_days(
    session: Session,
) -> None:
    Conversation(session, "a").turn().turn()
    Conversation(session, "a", NOON + DAY).turn()
    Conversation(session, "b", NOON + DAY).turn()

    found = talk(session, WEEK)

    assert found.conversations.counts == (0, 0, 0, 1, 2, 0, 0, 0)
    assert found.messages.counts == (0, 0, 0, 2, 2, 0, 0, 0)
    assert found.all_conversations == 2
    assert found.messages.days[3] == date(2025, 7, 1)


def test_the_period_begins_with_since_and_ends_before_until(session: Session) -> None:
    for number, at in enumerate([WEEK.since - HOUR, WEEK.since, WEEK.until - HOUR, WEEK.until]):
        Conversation(session, f"c{number}", at).event("user")

    assert talk(session, WEEK).messages.total == 2


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", 2), ("America/Los_Angeles", 1), ("Asia/Kathmandu", 2), ("Pacific/Kiritimati", 2)],
)
def test_days_are_those_of_the_zone(session: Session, zone: str, day: int) -> None:
    Conversation(session, "a", datetime(2025, 7, 2, 6, 30, tzinfo=UTC)).event("user")
    period = Period(WEEK.since, WEEK.until, ZoneInfo(zone))

    found = talk(session, period).messages

    assert dict(zip(found.days, found.counts, strict=True))[date(2025, 7, day)] == 1


def test_the_quarter_of_an_hour_is_never_rounded_up_into_the_next_day(session: Session) -> None:
    Conversation(session, "a", datetime(2025, 7, 1, 23, 59, 59, 900_000, tzinfo=UTC)).event("user")

    found = talk(session, WEEK).messages

    assert dict(zip(found.days, found.counts, strict=True))[date(2025, 7, 1)] == 1


def test_the_fallback_rate_is_of_turns_not_of_events(session: Session) -> None:
    talked = Conversation(session, "a").turn().turn("action_fallback").turn().turn()
    talked.event("bot", text="One more line of the same answer.")

    found = answers(session, WEEK)

    assert (found.turns, found.not_understood, found.fallback_rate) == (4, 1, 0.25)


def test_what_a_colleague_answers_is_no_turn_of_the_assistant(session: Session) -> None:
    talked = Conversation(session, "a").turn(seconds=1)
    talked.heard_by_a_colleague(minutes=20).heard_by_a_colleague(minutes=90)
    talked.turn(seconds=2)

    found = answers(session, WEEK)

    assert found == Answers(2, 0, Spread(2, 1.0, 2.0))


def test_waiting_times_are_told_by_the_middle_and_by_the_slowest_in_twenty(
    session: Session,
) -> None:
    talked = Conversation(session, "a")
    for number in range(1, 101):
        talked.turn(seconds=number)

    seconds = answers(session, WEEK).seconds

    assert (seconds.count, seconds.median, seconds.p95) == (100, 50.0, 95.0)


def test_a_turn_without_words_counts_but_has_no_waiting_time(session: Session) -> None:
    Conversation(session, "a").event("user").event("action", "action_listen")

    assert answers(session, WEEK) == Answers(1, 0, Spread(0, None, None))


# ---------------------------------------------------------------- funnel


def started(session: Session, sender: str) -> Conversation:
    return Conversation(session, sender).event("active_loop", "recommendation_form")


def test_the_funnel_tells_where_visitors_leave(session: Session) -> None:
    started(session, "leaves").slot("requested_slot", "data_rate")
    halfway = started(session, "halfway").slot("requested_slot", "data_rate")
    halfway.slot("data_rate", 400).slot("requested_slot", "rework")
    done = started(session, "done").slot("requested_slot", "data_rate").slot("data_rate", "unsure")
    done.slot("requested_slot", "rework").slot("rework", "no").slot("requested_slot", None)
    done.event("action", "action_recommend").event("action", "action_recommend")
    lead(session, 1, conversation="done")
    lead(session, 2, conversation="somewhere else")

    found = funnel(session, WEEK, ["data_rate", "rework", "budget"])

    assert found == Funnel(
        started=3,
        steps=(
            Step("data_rate", asked=3, answered=2, told_unasked=0),
            Step("rework", asked=2, answered=1, told_unasked=0),
            Step("budget", asked=0, answered=0, told_unasked=0),
        ),
        recommended=1,
        leads=1,
    )


def test_what_was_told_before_the_question_or_taken_back_is_no_answer(session: Session) -> None:
    started(session, "a").slot("budget", "tight").slot("requested_slot", "rework")
    started(session, "b").slot("requested_slot", "budget").slot("budget", None)
    started(session, "c").slot("budget", "tight").slot("requested_slot", "budget")

    (step,) = funnel(session, WEEK, ["budget"]).steps

    assert step == Step("budget", asked=2, answered=0, told_unasked=1)


def test_a_question_asked_again_counts_once(session: Session) -> None:
    talked = started(session, "a").slot("requested_slot", "rework")
    talked.slot("requested_slot", "rework").slot("rework", "yes")

    (step,) = funnel(session, WEEK, ["rework"]).steps

    assert (step.asked, step.answered) == (1, 1)


# ---------------------------------------------------------------- leads


def test_leads_are_counted_on_the_day_they_came_and_by_what_became_of_them(
    session: Session,
) -> None:
    lead(session, 1, NOON - 5 * DAY)
    lead(session, 2, NOON - DAY, state="claimed", claimed_at=NOON)
    lead(session, 3, NOON, state="won", breached_at=NOON + HOUR)
    lead(session, 4, NOON)

    found = lead_figures(session, WEEK)

    assert found.opened.counts == (0, 0, 1, 2, 0, 0, 0, 0)
    assert found.by_state == {"new": 1, "claimed": 1, "contacted": 0, "won": 1, "lost": 0}
    assert found.late == 1


def test_how_fast_people_were_can_be_told_in_business_minutes(session: Session) -> None:
    lead(session, 1, claimed_at=NOON + HOUR, contacted_at=NOON + 3 * HOUR)
    lead(session, 2, claimed_at=NOON + 2 * HOUR)
    lead(session, 3)

    found = lead_figures(session, WEEK)
    halved = lead_figures(session, WEEK, lambda start, end: (end - start) / (2 * HOUR) * 60)

    assert found.claimed_minutes == Spread(2, 60.0, 120.0)
    assert found.contacted_minutes == Spread(1, 180.0, 180.0)
    assert halved.claimed_minutes == Spread(2, 30.0, 60.0)


# ---------------------------------------------------------------- thumbs and stars


def test_thumbs_and_stars_of_the_period_are_added_up(session: Session) -> None:
    for number, value in enumerate(["up", "up", "down"]):
        rate_answer(session, "a", number, value, NOON)
    rate_answer(session, "old", 1, "down", WEEK.since - HOUR)
    for number, given in enumerate([5, 5, 2]):
        rate_conversation(session, f"c{number}", given, "", NOON)

    assert thumbs(session, WEEK) == Thumbs(2, 1)
    assert stars(session, WEEK).counts == {1: 0, 2: 1, 3: 0, 4: 0, 5: 2}
    assert stars(session, WEEK).average == 4


def test_the_answer_with_the_most_thumbs_down_comes_first(session: Session) -> None:
    good, bad, mixed = "utter_faq/good", "utter_faq/bad", "say_mixed"
    for sender in ("a", "b"):
        talked = Conversation(session, sender).turn(says=good).turn(says=bad).turn(says=mixed)
        talked.heard_by_a_colleague(1)
        for number, value in enumerate(["up", "down", "up" if sender == "a" else "down", "down"]):
            rate_answer(session, sender, number + 1, value, NOON + timedelta(seconds=number))

    found = worst_answers(session, WEEK)

    assert [(answer.name, answer.up, answer.down) for answer in found] == [
        (bad, 0, 2),
        (mixed, 1, 1),
    ]
    assert (found[1].conversation_id, found[1].message) == ("b", 3)
    assert "An answer" not in repr(found)


def test_a_thumb_for_a_message_that_was_erased_is_only_counted(session: Session) -> None:
    rate_answer(session, "erased", 7, "down", NOON)

    assert worst_answers(session, WEEK) == []
    assert thumbs(session, WEEK) == Thumbs(0, 1)


# ---------------------------------------------------------------- the whole, empty and large


def test_before_the_first_conversation_everything_is_zero(engine: Engine) -> None:
    with transaction(engine) as session:
        found = dashboard(session, WEEK)

    assert (found.talk.messages.total, found.answers.turns, found.funnel.started) == (0, 0, 0)
    assert found.answers.fallback_rate is None
    assert found.stars.average is None
    assert found.worst == ()
    assert len(found.talk.conversations.days) == 8


@pytest.mark.parametrize(
    ("since", "until"),
    [(NOON, NOON), (NOON, NOON - DAY), (NOON, NOON + 401 * DAY), (NOON.replace(tzinfo=None), NOON)],
)
def test_a_period_that_cannot_be_shown_is_refused(since: datetime, until: datetime) -> None:
    with pytest.raises(ValueError, match=r"period|zone"):
        Period(since, until)


def test_the_last_days_are_whole_days_of_the_zone_with_today_in_them() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    now = datetime(2025, 3, 10, 3, tzinfo=UTC)  # the evening of a day with a clock change

    period = Period.last_days(now, 3, zone)

    assert period.days() == [date(2025, 3, 7), date(2025, 3, 8), date(2025, 3, 9)]
    assert period.since == datetime(2025, 3, 7, tzinfo=zone)


def fill(session: Session, turns: int) -> None:
    """Five events a turn, ten turns a conversation, one turn every two minutes."""
    whole = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last) "
    events = (
        "INSERT INTO events (sender_id, type_name, timestamp, action_name, data) "
        "SELECT 'c' || (i / 50), "
        "CASE i % 5 WHEN 0 THEN 'user' WHEN 1 THEN 'slot' WHEN 3 THEN 'bot' ELSE 'action' END, "
        ":start + (i / 5) * 120 + (i % 5) * 0.25, "
        "CASE i % 5 WHEN 1 THEN 'requested_slot' WHEN 2 THEN 'utter_faq' "
        "WHEN 4 THEN 'action_listen' END, "
        'CASE i % 5 WHEN 1 THEN \'{"value": "rework"}\' ELSE :long END FROM n'
    )
    long = json.dumps({"text": "word " * 300, "metadata": {"utter_action": "utter_faq/x"}})
    start = (NOON - 90 * DAY).timestamp()
    values = {"last": turns * 5 - 1, "start": start, "long": long}
    session.execute(sa.text(whole + events), values)


def test_a_hundred_thousand_events_are_summed_up_while_the_page_loads(engine: Engine) -> None:
    SQLTrackerStore.Base.metadata.create_all(engine)
    assert index_events(engine)
    assert not index_events(engine)
    with transaction(engine) as session:
        fill(session, turns=20_000)
        for number in range(1_000):
            rate_answer(session, f"c{number}", 1, "down", NOON - 60 * DAY)

    with transaction(engine) as session:
        began = time.monotonic()
        found = dashboard(session, Period(NOON - 91 * DAY, NOON))
        took_s = time.monotonic() - began

    assert found.answers.turns == 20_000
    assert found.talk.all_conversations == 2_000
    assert found.funnel.steps[1].asked == 2_000
    assert found.worst[0].down == 500
    assert took_s < 5, f"{took_s:.1f} s"


def test_the_index_waits_for_the_table(engine: Engine) -> None:
    assert not index_events(engine)
