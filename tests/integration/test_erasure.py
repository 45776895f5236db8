"""A person who asks to be forgotten is in no table any more; others lose nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.slack.messages import conversation_of
from bot.conversations import EVENTS
from sales.database import transaction
from sales.erasure import Erased, erase_person
from sales.feedback.store import rate_answer, rate_conversation
from sales.leads.handling import claim, close, merge_leads, note, reply
from sales.leads.lead import Lead, LeadDraft
from sales.leads.store import find_lead, take_lead
from sales.leads.tables import leads
from sales.leads.workflow import NoSuchLeadError
from sales.office import Office, Routes
from sales.outbox.store import Notification, delivered, enqueue, lease_due
from sales.outbox.tables import outbox, slack_cards, slack_inbox
from sales.questions.store import record_unknown
from sales.retention import clean_up, delete_old
from sales.settings import RetentionSettings
from sales.team.roles import Member, NotAllowedError
from sales.team.store import add_member
from sales.team.tables import sign_in_failures

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOOK = "https://crm.example.com/hook"
OFFICE = replace(Office.default(), routes=Routes(slack=True, email=True, webhooks=(HOOK,)))
WORDS = "Zebra stripes on every trunk"  # what Ana said, and nobody else
LINE = {"who": "visitor", "text": WORDS, "at": "2026-05-04T11:58:00Z"}
ANA = LeadDraft(
    consent=True,
    name="Anaïs Lee",
    email="Ana@example.com",
    phone="(408) 796-7735",
    company="Leeward Labs",
    note=WORDS,
    conversation_id="web-1",
    transcript=(LINE,),
)
BOB_LINE = {"who": "visitor", "text": "Bob here", "at": "2026-05-04T12:10:00Z"}
BOB = LeadDraft(
    consent=True,
    name="Bob",
    email="bob@example.com",
    conversation_id="web-2",
    transcript=(LINE, BOB_LINE),
)
TRACES = ("ana", "796", "leeward", "zebra", "web-1", "web-2", "web-3")


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """With Rasa's table of events, as it is after the first start."""
    EVENTS.metadata.create_all(engine)
    return engine


@pytest.fixture
def owner(engine: Engine) -> Member:
    with transaction(engine) as session:
        return add_member(session, "Olga", "olga@example.com", "owner", NOON)


def take(engine: Engine, draft: LeadDraft, now: datetime = NOON) -> Lead:
    with transaction(engine) as session:
        return take_lead(session, draft, now, OFFICE)


def say(engine: Engine, conversation_id: str, text: str, at: datetime = NOON) -> None:
    row = {"sender_id": conversation_id, "type_name": "user", "timestamp": at.timestamp()}
    with engine.begin() as connection:
        connection.execute(sa.insert(EVENTS).values(**row, data=f'{{"text": "{text}"}}'))


def erase(engine: Engine, actor: Member, **who: Any) -> Erased:
    with transaction(engine) as session:
        return erase_person(session, actor=actor, now=NOON, routes=OFFICE.routes, **who)


def everything(engine: Engine) -> Mapping[str, str]:
    """All rows of each table as text, as the database has them."""
    found = {}
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()  # noqa: S608
            found[name] = "\n".join(map(str, rows)).lower()
    return found


def traces(engine: Engine, words: tuple[str, ...] = TRACES) -> list[tuple[str, str]]:
    tables = everything(engine)
    return [(name, word) for name, text in tables.items() for word in words if word in text]


def a_long_story(engine: Engine, owner: Member) -> Lead:
    """Ana in every table: two conversations, a colleague's replies, a card, a click on it."""
    lead = take(engine, ANA)
    take(engine, replace(ANA, conversation_id="web-2", company="Leeward Labs Inc"))
    with transaction(engine) as session:
        claim(session, lead.id, owner, NOON, OFFICE)
        reply(session, lead.id, owner, f"Dear Anaïs: {WORDS}", "m1", NOON, OFFICE)
        note(session, lead.id, owner, "Anaïs is in a hurry", NOON, OFFICE)
        session.execute(sa.insert(slack_cards).values(lead_id=lead.id, channel="C1", ts="1.5"))
        for conversation in ("web-1", "web-2"):
            rate_answer(session, conversation, 1, "up", NOON)
            rate_conversation(session, conversation, 5, WORDS, NOON)
            record_unknown(session, conversation, WORDS, "out_of_scope", [], NOON)
        enqueue(session, about_her(), NOON)
        session.execute(sa.insert(slack_inbox), clicks())
    for conversation in ("web-1", "web-2"):
        say(engine, conversation, WORDS)
    return lead


def about_her() -> list[Notification]:
    said = {"text": WORDS, "at": ""}
    answer = {"messages": [{"text": "L-000001 Anaïs Lee, ana@example.com"}]}
    return [
        Notification("slack", "visitor_said", "k1", "lead:1", said, 1, "web-1"),
        Notification("slack", "reply", "k2", "slack:web-1", said, None, "web-1"),
        Notification("slack", "reply", "k3", "slack:D1:", answer),  # a colleague asked
    ]


def clicks() -> list[dict[str, Any]]:
    card = {"message": {"text": "Anaïs Lee, ana@example.com, +14087967735"}}
    rows = (
        ("e1", "web-1", {"text": WORDS}),
        ("e2", "C1:1.5", card),
        ("e3", "D1", {"text": "leads"}),
    )
    return [
        {"received_at": NOON, "event_key": key, "kind": "event", "stream": stream,
         "payload": payload, "attempts": 0, "due_at": NOON, "error": ""}
        for key, stream, payload in rows
    ]  # fmt: skip


@pytest.mark.parametrize(
    "who", [{"lead_id": 1}, {"email": " ana@EXAMPLE.com "}, {"phone": "408 796 7735"}]
)
def test_after_an_erasure_nothing_of_the_person_is_in_any_table(
    engine: Engine, owner: Member, who: dict[str, Any]
) -> None:
    a_long_story(engine, owner)
    assert {word for _, word in traces(engine)} >= {
        "ana",
        "796",
        "leeward",
        "zebra",
        "web-1",
        "web-2",
    }

    erased = erase(engine, owner, **who)

    assert erased == Erased(leads=1, conversations=2, events=2)
    left = [trace for trace in traces(engine) if trace != ("outbox", "web-2")]
    assert left == [], "but for the row that tells the visitor's page that the colleague left"


COLLEAGUES = (conversation_of("D0ANN", ""), conversation_of("C0SALES", "1.5"))
SAID_OF_HER = (
    "ANAÏS\tlee?",
    "anaïs Lee, (ana@Example.com)",
    "call 408.796.7735 or +1 (408) 796-7735 or 14087967735 or 796-7735",
)
SAID_OF_OTHERS = (
    "Lee and Ana analyse, ana@example.community, mariana@example.com",
    "+1 408 796 77351, 2408796773, 17353.7735",
)


def test_colleagues_keep_what_they_wrote_to_the_assistant_without_the_person_in_it(
    engine: Engine, owner: Member
) -> None:
    a_long_story(engine, owner)
    for conversation in COLLEAGUES:
        for text in (*SAID_OF_HER, *SAID_OF_OTHERS):
            parsed = {"entities": [{"entity": "contact_name", "value": text}]}
            write(engine, conversation, {"event": "user", "text": text, "parse_data": parsed})
    told = {"channel": "D0ANN", "messages": [{"text": f"Of {text}?"} for text in SAID_OF_HER]}
    with transaction(engine) as session:
        enqueue(session, [Notification("slack", "reply", "k9", "slack:D0ANN:", told,
                                       conversation_id=COLLEAGUES[0])], NOON)  # fmt: skip
    take(engine, replace(BOB, conversation_id=COLLEAGUES[0],
                         transcript=({**BOB_LINE, "text": SAID_OF_HER[1]},)))  # fmt: skip

    erase(engine, owner, lead_id=1)

    expected = ["[erased]?", "[erased], ([erased])",
                "call [erased] or [erased] or [erased] or [erased]", *SAID_OF_OTHERS]  # fmt: skip
    for conversation in COLLEAGUES:
        events = read(engine, conversation)
        assert [event["text"] for event in events] == expected
        assert [event["parse_data"]["entities"][0]["value"] for event in events] == expected
        assert all(event["event"] == "user" for event in events)
    with transaction(engine) as session:
        payload = session.execute(
            sa.select(outbox.c.payload).where(outbox.c.conversation_id == COLLEAGUES[0])
        ).scalar_one()
        (line,) = session.execute(sa.select(leads.c.transcript)).scalar_one()
    assert payload["channel"] == "D0ANN"
    assert [message["text"] for message in payload["messages"]] == [
        f"Of {text}?" for text in expected[:3]
    ]
    assert line["text"] == expected[1]


def test_a_number_from_elsewhere_and_a_name_in_other_letters_are_found_too(
    engine: Engine, owner: Member
) -> None:
    draft = replace(ANA, name="王小明", email="jürgen@example.com", phone="+33 1 23 45 67 89")
    take(engine, draft)
    for text in (
        "王小明 from Paris, 01 23 45 67 89",
        "+33 (0)1 23 45 67 89",
        "王先生, 0123456780",
        "JÜRGEN@example.com",
    ):
        write(engine, COLLEAGUES[0], {"event": "bot", "text": text})

    erase(engine, owner, lead_id=1)

    said = [event["text"] for event in read(engine, COLLEAGUES[0])]
    assert said == ["[erased] from Paris, [erased]", "[erased]", "王先生, 0123456780", "[erased]"]


def test_a_former_name_of_the_person_goes_as_well(engine: Engine, owner: Member) -> None:
    take(engine, ANA)
    take(engine, replace(ANA, name="Anna Maria Lehmann"))
    write(engine, COLLEAGUES[0], {"event": "user", "text": "Anaïs Lee is Anna Maria Lehmann"})

    erase(engine, owner, lead_id=1)

    assert [event["text"] for event in read(engine, COLLEAGUES[0])] == ["[erased] is [erased]"]


def test_the_contacts_of_a_lead_that_was_merged_into_theirs_go_as_well(
    engine: Engine, owner: Member
) -> None:
    odd = "Also, from L-000009: x, +no number"  # a visitor may write anything
    first = take(engine, replace(ANA, note=odd))
    other = take(engine, replace(BOB, name="Ana at home", phone="(415) 555-2671"))
    with transaction(engine) as session:
        merge_leads(session, first.id, other.id, owner, NOON, OFFICE)
    said = "Anaïs Lee, Ana at home, bob@example.com, 415 555 2671, +no number"
    write(engine, COLLEAGUES[0], {"event": "user", "text": said})

    erase(engine, owner, lead_id=1)

    (event,) = read(engine, COLLEAGUES[0])
    assert event["text"] == "[erased], [erased], [erased], [erased], +no number"


def test_what_others_said_elsewhere_and_the_words_of_the_assistant_itself_stay(
    engine: Engine, owner: Member
) -> None:
    take(engine, replace(ANA, name="Action"))
    event = {"event": "action", "name": "action", "policy": "action"}
    write(engine, COLLEAGUES[0], event)
    write(engine, "web-9", {"event": "user", "text": "Action"})

    erase(engine, owner, lead_id=1)

    assert read(engine, COLLEAGUES[0]) == [event]
    assert read(engine, "web-9") == [{"event": "user", "text": "Action"}]


def write(engine: Engine, conversation_id: str, event: dict[str, Any]) -> None:
    """Keeps an event as Rasa does."""
    row = {"sender_id": conversation_id, "type_name": event["event"], "timestamp": 0.0}
    with engine.begin() as connection:
        connection.execute(sa.insert(EVENTS).values(**row, data=json.dumps(event)))


def read(engine: Engine, conversation_id: str) -> list[dict[str, Any]]:
    query = sa.select(EVENTS.c.data).where(EVENTS.c.sender_id == conversation_id)
    with engine.connect() as connection:
        return [
            json.loads(data) for data in connection.execute(query.order_by(EVENTS.c.id)).scalars()
        ]


def test_what_remains_to_be_told_is_that_the_person_is_gone(engine: Engine, owner: Member) -> None:
    a_long_story(engine, owner)
    erase(engine, owner, lead_id=1)

    with transaction(engine) as session:
        rows = session.execute(sa.select(outbox).order_by(outbox.c.id)).all()
    assert [(row.channel, row.kind) for row in rows] == [
        ("visitor", "left"), ("slack", "erase"), ("webhook", "lead.erased"),
    ]  # fmt: skip
    left, card, hook = (row.payload for row in rows)
    assert left["why"] == "erased"
    assert card == {"channel": "C1", "ts": "1.5"}
    assert hook["lead"] == {"id": 1, "reference": "L-000001"}


def test_the_card_is_deleted_after_what_is_being_sent_right_now(
    engine: Engine, owner: Member
) -> None:
    a_long_story(engine, owner)
    with transaction(engine) as session:
        lease_due(session, ["slack"], NOON, 30, 1, "w1")
    erase(engine, owner, lead_id=1)

    with transaction(engine) as session:
        assert lease_due(session, ["slack"], NOON + timedelta(seconds=60), 30, 9, "w2") == []
        assert len(lease_due(session, ["slack"], NOON + timedelta(seconds=90), 30, 9, "w2")) == 1


def test_slacks_repeats_of_erased_events_are_still_known(engine: Engine, owner: Member) -> None:
    a_long_story(engine, owner)
    erase(engine, owner, lead_id=1)

    with transaction(engine) as session:
        rows = session.execute(sa.select(slack_inbox).order_by(slack_inbox.c.id)).all()
    assert [(row.event_key, row.payload, row.done_at is None) for row in rows] == [
        ("e1", {}, False), ("e2", {}, False), ("e3", {"text": "leads"}, True),
    ]  # fmt: skip


def test_whoever_shared_a_browser_keeps_their_own_words(engine: Engine, owner: Member) -> None:
    a_long_story(engine, owner)
    bob = take(engine, BOB)
    erase(engine, owner, lead_id=1)

    with transaction(engine) as session:
        kept = find_lead(session, bob.reference)
    assert kept
    assert (kept.name, kept.transcript) == ("Bob", (BOB_LINE,))
    assert traces(engine, ("zebra", "leeward", "796")) == []


def test_a_lead_that_was_merged_goes_with_all_its_names_and_conversations(
    engine: Engine, owner: Member
) -> None:
    a_long_story(engine, owner)
    other = replace(ANA, email="ana.lee@example.com", phone=None, conversation_id="web-3")
    take(engine, other)
    say(engine, "web-3", WORDS)
    with transaction(engine) as session:
        session.execute(sa.insert(slack_cards).values(lead_id=2, channel="C1", ts="2.5"))
        merge_leads(session, 1, 2, owner, NOON, OFFICE)
    erased = erase(engine, owner, lead_id=2)

    assert (erased.leads, erased.conversations) == (1, 3)
    assert [trace for trace in traces(engine) if trace != ("outbox", "web-2")] == []
    with transaction(engine) as session:
        kinds = list(session.execute(sa.select(outbox.c.kind)).scalars())
    assert kinds.count("erase") == 2, "each of the two cards"


def test_only_an_owner_may_erase(engine: Engine) -> None:
    take(engine, ANA)
    with transaction(engine) as session:
        manager = add_member(session, "Max", "max@example.com", "manager", NOON)

    with pytest.raises(NotAllowedError):
        erase(engine, manager, lead_id=1)
    assert traces(engine, ("leeward",))


def test_an_unknown_lead_is_an_error_and_an_unknown_address_is_nothing(
    engine: Engine, owner: Member
) -> None:
    with pytest.raises(NoSuchLeadError):
        erase(engine, owner, lead_id=99)
    assert erase(engine, owner, email="nobody@example.com") == Erased(0, 0, 0)
    assert erase(engine, owner) == Erased(0, 0, 0)


def test_it_works_before_rasa_has_made_its_table(engine: Engine, owner: Member) -> None:
    EVENTS.metadata.drop_all(engine)
    take(engine, ANA)

    assert erase(engine, owner, lead_id=1).leads == 1
    assert delete_old(engine, RetentionSettings(1, 1), NOON).conversations == 0


def test_old_conversations_go_unless_they_belong_to_a_lead(engine: Engine, owner: Member) -> None:
    old, recent = NOON - timedelta(days=31), NOON - timedelta(days=29)
    take(engine, ANA, old)
    take(engine, replace(ANA, conversation_id="web-2"), old)
    for conversation in ("web-1", "web-2", "stranger", "talkative"):
        say(engine, conversation, "hello", old)
    say(engine, "talkative", "again", recent)
    with transaction(engine) as session:
        record_unknown(session, "stranger", "what about zebras", "out_of_scope", [], old)

    deleted = delete_old(engine, RetentionSettings(lead_days=365, conversation_days=30), NOON)

    assert (deleted.leads, deleted.conversations) == (0, 1)
    assert traces(engine, ("stranger", "zebras")) == []
    with engine.connect() as connection:
        kept = connection.execute(sa.select(EVENTS.c.sender_id).distinct()).scalars()
        assert set(kept) == {"web-1", "web-2", "talkative"}


def test_many_old_conversations_go_in_batches(engine: Engine) -> None:
    rows = [
        {"sender_id": f"v{n}", "type_name": "user", "timestamp": float(n), "data": "{}"}
        for n in range(450)
    ]
    with engine.begin() as connection:
        connection.execute(sa.insert(EVENTS), rows)

    assert delete_old(engine, RetentionSettings(1, 1), NOON).conversations == 450
    assert everything(engine)["events"] == ""


def test_closed_leads_go_when_their_time_is_over(engine: Engine, owner: Member) -> None:
    long_ago = NOON - timedelta(days=100)
    for number, closed_at in enumerate((long_ago, NOON - timedelta(days=9), None)):
        draft = LeadDraft(
            consent=True, email=f"v{number}@example.com", conversation_id=f"v{number}"
        )
        lead = take(engine, draft, long_ago)
        say(engine, f"v{number}", "hello", long_ago)
        if closed_at:
            with transaction(engine) as session:
                claim(session, lead.id, owner, closed_at, OFFICE)
                close(session, lead.id, owner, "lost", closed_at, OFFICE, "no budget")

    deleted = delete_old(engine, RetentionSettings(lead_days=10, conversation_days=10), NOON)

    assert (deleted.leads, deleted.conversations) == (1, 0)
    assert traces(engine, ("v0",)) == []
    with transaction(engine) as session:
        assert list(session.execute(sa.select(leads.c.id).order_by(leads.c.id)).scalars()) == [2, 3]


def test_what_is_done_with_is_cleaned_up_and_dead_letters_stay(engine: Engine) -> None:
    with transaction(engine) as session:
        enqueue(session, about_her(), NOON)
        first, *_ = lease_due(session, ["slack"], NOON, 30, 1, "w1")
        delivered(session, first.id, NOON)
        session.execute(sa.update(outbox).where(outbox.c.id != first.id).values(dead_at=NOON))
        session.execute(sa.insert(slack_inbox), clicks())
        session.execute(sa.update(slack_inbox).values(done_at=NOON))
        session.execute(sa.insert(sign_in_failures).values(key="k", at=NOON))

    assert clean_up(engine, NOON + timedelta(days=1)) == 0
    assert clean_up(engine, NOON + timedelta(days=15)) == 1 + 3 + 1
    assert clean_up(engine, NOON + timedelta(days=15)) == 0
    with transaction(engine) as session:
        assert len(session.execute(sa.select(outbox)).all()) == 2
