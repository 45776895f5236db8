"""Leads in a real database: one person is one lead, whoever comes first."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import open_engine, transaction
from sales.leads import handling
from sales.leads.export import COLUMNS, export_leads
from sales.leads.inbox import View, count_leads, leads_in_inbox
from sales.leads.lead import Lead, LeadDraft
from sales.leads.store import (
    find_lead,
    lead_by_id,
    lead_history,
    list_leads,
    take_lead,
)
from sales.leads.tables import lead_events, leads
from sales.office import HOUSE, Routes
from sales.outbox.tables import outbox
from sales.team.roles import Member
from sales.team.store import add_member

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)  # a Tuesday, 5 in the morning in California
OPENING = NOON + timedelta(hours=3)
LATER = NOON + timedelta(hours=1)
ANA = LeadDraft(
    consent=True,
    name="Ana Lee",
    email="Ana@example.com",
    note="needs 20 trunks",
    need={"data_rate_gbps": 400, "distance_m": 30.5},
    recommendation={"verdict": "MTP"},
    products=("INX-A",),
    conversation_id="c1",
    transcript=({"who": "visitor", "text": "hello", "at": "2025-07-01T11:58:00Z"},),
)
BOB = LeadDraft(consent=True, name="Bob", phone="(408) 796-7735")


@pytest.fixture
def engine(database_url: str) -> Engine:
    return open_engine(database_url)


def take(engine: Engine, draft: LeadDraft, now: datetime = NOON) -> Lead:
    with transaction(engine) as session:
        return take_lead(session, draft, now)


def member(engine: Engine, name: str = "Ann", role: str = "rep") -> Member:
    with transaction(engine) as session:
        return add_member(session, name, f"{name}@example.com", role, NOON)


def history(engine: Engine, lead: Lead) -> list[str]:
    with transaction(engine) as session:
        return [event.what for event in lead_history(session, lead)]


def count(engine: Engine, table: sa.Table) -> int:
    with transaction(engine) as session:
        return int(session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_a_lead_is_found_again_as_it_was_taken(engine: Engine) -> None:
    taken = take(engine, ANA)

    with transaction(engine) as session:
        assert find_lead(session, taken.reference) == taken
        assert find_lead(session, taken.reference.lower()) == taken
        assert find_lead(session, "L-999999") is None
        assert find_lead(session, str(taken.id)) == taken
        assert find_lead(session, "Ana") is None
    assert taken.created_at == NOON
    assert taken.created_at.tzinfo is not None


def test_the_same_address_in_other_letters_is_the_same_person(engine: Engine) -> None:
    first = take(engine, ANA)
    again = take(engine, replace(ANA, email="ANA@EXAMPLE.COM", note="and cassettes"), LATER)

    assert again.id == first.id
    assert again.note == "needs 20 trunks\nand cassettes"
    assert (again.created_at, again.updated_at) == (NOON, LATER)
    assert history(engine, again) == ["taken", "email", "note"]


def test_the_same_phone_number_is_the_same_person(engine: Engine) -> None:
    first = take(engine, BOB)
    again = take(engine, replace(BOB, phone="+1 408.796.7735", email="bob@example.com"), LATER)

    assert (again.id, again.email) == (first.id, "bob@example.com")


def test_an_old_need_stays_in_the_history(engine: Engine) -> None:
    take(engine, ANA)
    lead = take(engine, replace(ANA, need={"data_rate_gbps": 100}), LATER)

    with transaction(engine) as session:
        taken, changed = lead_history(session, lead)
    assert (taken.at, taken.who, taken.after) == (NOON, "visitor", "new")
    assert (changed.at, changed.what, changed.before) == (LATER, "need", ANA.need)
    assert changed.after == {"data_rate_gbps": 100}


def test_sending_the_same_twice_writes_nothing(engine: Engine) -> None:
    first = take(engine, ANA)

    assert take(engine, ANA, LATER) == first
    assert history(engine, first) == ["taken"]


def test_two_leads_are_named_when_mail_and_phone_belong_to_different_ones(engine: Engine) -> None:
    ana, bob = take(engine, ANA), take(engine, BOB)
    both = replace(ANA, phone=BOB.phone)

    assert take(engine, both, LATER).id == take(engine, both, LATER).id == ana.id
    with transaction(engine) as session:
        events = lead_history(session, ana)
    assert [(e.what, e.after) for e in events[1:]] == [("phone_belongs_to", bob.reference)]


def test_a_lead_is_gone_when_the_callers_transaction_fails(engine: Engine) -> None:
    def take_and_fail() -> None:
        with transaction(engine) as session:
            take_lead(session, ANA, NOON)
            raise RuntimeError("the outbox is full")

    with pytest.raises(RuntimeError):
        take_and_fail()

    assert (count(engine, leads), count(engine, lead_events)) == (0, 0)


def test_leads_are_listed_last_changed_first(engine: Engine) -> None:
    ana, bob = take(engine, ANA), take(engine, BOB, LATER)

    with transaction(engine) as session:
        assert [lead.id for lead in list_leads(session, limit=10)] == [bob.id, ana.id]
        assert [lead.id for lead in list_leads(session, limit=1)] == [bob.id]
        assert list_leads(session, limit=10, state="won") == []


def test_many_processes_at_once_take_one_lead(engine: Engine) -> None:
    """Each knows the person by mail, by phone or by both, and adds a note of its own."""
    start = Barrier(6)
    known_by = [
        {"email": "ana@example.com", "phone": "408-796-7735"},
        {"email": "ANA@example.com", "phone": "(408) 796-7735"},
        {"email": "Ana@example.com", "phone": None},
    ]
    take(engine, replace(ANA, email="zoe@example.com"))  # one connection is warm, one row is there

    def one(number: int) -> int:
        contact = known_by[number % 3]
        draft = LeadDraft(consent=True, note=f"note {number}", **contact)
        start.wait(timeout=30)
        return take(engine, draft).id

    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(one, range(6)))

    assert len(ids) == 1
    assert count(engine, leads) == 2
    with transaction(engine) as session:
        lead = find_lead(session, f"L-{ids.pop()}")
    assert lead is not None
    assert sorted(lead.note.split("\n")) == [f"note {number}" for number in range(6)]
    assert history(engine, lead).count("taken") == 1


@pytest.mark.parametrize("column", ["email_key", "phone"])
def test_the_database_itself_refuses_a_second_lead(engine: Engine, column: str) -> None:
    take(engine, replace(ANA, phone=BOB.phone))

    with transaction(engine) as session:
        row = dict(session.execute(sa.select(leads)).mappings().one())
    del row["id"]
    second = row | {"email_key": "x", "phone": "y"} | {column: row[column]}

    with transaction(engine) as session, pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.insert(leads).values(second))


def test_characters_that_databases_refuse_do_not_stop_a_lead(engine: Engine) -> None:
    lead = take(engine, replace(ANA, name="A\x00na", company="\ud800Labs", need={"note": "\x00"}))

    assert (lead.name, lead.company, lead.need) == ("Ana", "Labs", {"note": ""})


def test_an_export_holds_every_lead_and_runs_nothing(engine: Engine) -> None:
    ann, lead = member(engine), take(engine, ANA)
    with transaction(engine) as session:
        handling.claim(session, lead.id, ann, NOON, HOUSE)
    take(engine, replace(BOB, name='=HYPERLINK("http://x")', note="  @SUM(A1)", company="a\n-b"))
    file = io.StringIO(newline="")

    with transaction(engine) as session:
        assert export_leads(session, file) == 2
    ana, bob = csv.DictReader(io.StringIO(file.getvalue(), newline=""))

    assert tuple(ana) == COLUMNS
    assert (ana["owner"], ana["level"], ana["priority"]) == ("Ann", "rep", "low")
    assert ana["priority_reasons"] == "Nothing in the need calls for a hurry."
    assert (ana["claimed_at"], ana["closed_at"]) == ("2025-07-01T12:00:00+00:00", "")
    assert (bob["owner"], bob["due_at"]) == ("", "2025-07-01T15:30:00+00:00")
    assert (ana["name"], ana["products"], ana["transcript"]) == (
        "Ana Lee", "INX-A", "visitor: hello",
    )  # fmt: skip
    assert ana["created_at"] == "2025-07-01T12:00:00+00:00"
    assert (bob["name"], bob["note"], bob["phone"]) == (
        '\'=HYPERLINK("http://x")', "'@SUM(A1)", "'+14087967735",
    )  # fmt: skip


def test_an_export_of_nothing_is_a_heading(engine: Engine) -> None:
    file = io.StringIO(newline="")

    with transaction(engine) as session:
        assert export_leads(session, file) == 0
    assert file.getvalue().strip() == ",".join(COLUMNS)


def test_a_new_lead_is_due_by_its_priority_in_business_hours(engine: Engine) -> None:
    ana = take(engine, replace(ANA, need={"data_rate": 800}, note="urgent, 20 trunks"))
    bob = take(engine, BOB)

    assert (ana.priority, ana.due_at) == ("high", OPENING + timedelta(minutes=15))
    assert (bob.priority, bob.due_at) == ("normal", OPENING + timedelta(minutes=30))
    with transaction(engine) as session:
        assert find_lead(session, ana.reference) == ana


def test_a_need_that_grows_brings_the_deadline_nearer_and_never_further(engine: Engine) -> None:
    take(engine, replace(ANA, need={"data_rate": 40}, note=""), OPENING)
    soon = OPENING + timedelta(minutes=5)
    urgent = take(engine, replace(ANA, note="it is urgent"), soon)

    assert (urgent.priority, urgent.due_at) == ("high", soon + timedelta(minutes=15))
    assert "priority" in history(engine, urgent)
    calmer = take(engine, replace(ANA, note="20 pieces"), soon + timedelta(minutes=5))
    assert calmer.due_at == urgent.due_at


def closed_lead(engine: Engine, owner: Member, outcome: str) -> Lead:
    lead = take(engine, ANA)
    with transaction(engine) as session:
        handling.claim(session, lead.id, owner, NOON, HOUSE)
        return handling.close(session, lead.id, owner, outcome, NOON, HOUSE)  # type: ignore[arg-type]


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_who_asks_again_after_the_end_is_a_new_lead_that_names_the_old_owner(
    engine: Engine, outcome: str
) -> None:
    ann = member(engine)
    closed_lead(engine, ann, outcome)
    again = take(engine, replace(ANA, note="200 more"), OPENING)

    assert (again.state, again.owner_id, again.closed_at) == ("new", None, None)
    assert again.due_at == OPENING + timedelta(minutes=120)
    reason = f"Asked again after the lead was {outcome}; Ann looked after it before."
    assert again.priority_reasons[0] == reason
    with transaction(engine) as session:
        last = lead_history(session, again)[-1]
    assert (last.who, last.what, last.at) == ("visitor", "reopened", OPENING)
    assert (last.before["state"], last.before["owner"], last.after["owner"]) == (outcome, "Ann", "")
    still = take(engine, replace(ANA, note="and cassettes"), OPENING)
    assert still.priority_reasons[0] == reason


def test_asking_again_in_the_same_words_reopens_once(engine: Engine) -> None:
    ann = member(engine)
    closed_lead(engine, ann, "lost")

    first = take(engine, ANA, OPENING)
    assert (first.state, take(engine, ANA, OPENING + timedelta(hours=1))) == ("new", first)


def test_a_new_lead_is_announced_with_its_own_transaction(engine: Engine) -> None:
    office = replace(HOUSE, routes=Routes(slack=True, email=True, webhooks=("https://crm/a",)))

    def take_and_fail() -> None:
        with transaction(engine) as session:
            take_lead(session, ANA, NOON, office)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        take_and_fail()
    assert count(engine, outbox) == 0

    with transaction(engine) as session:
        lead = take_lead(session, ANA, NOON, office)
        take_lead(session, ANA, LATER, office)
    with transaction(engine) as session:
        rows = session.execute(sa.select(outbox).order_by(outbox.c.id)).mappings().all()
    assert [(row["channel"], row["kind"], row["lead_id"]) for row in rows] == [
        ("slack", "lead_card", lead.id),
        ("email", "lead_new", lead.id),
        ("webhook", "lead.created", lead.id),
    ]


def test_a_visitor_and_a_colleague_who_change_a_lead_at_once_lose_nothing(engine: Engine) -> None:
    ann, lead = member(engine), take(engine, ANA)
    start = Barrier(2)

    def visitor() -> None:
        start.wait(timeout=30)
        for number in range(10):
            take(engine, replace(ANA, note=f"note {number}"), LATER)

    def colleague() -> None:
        start.wait(timeout=30)
        with transaction(engine) as session:
            handling.claim(session, lead.id, ann, LATER, HOUSE)

    with ThreadPoolExecutor(2) as pool:
        for future in (pool.submit(visitor), pool.submit(colleague)):
            future.result()

    with transaction(engine) as session:
        found = lead_by_id(session, lead.id)
    assert found is not None
    assert (found.owner_id, found.state) == (ann.id, "claimed")
    assert all(f"note {number}" in found.note for number in range(10))
    assert found.version == 11


@pytest.fixture
def inbox(engine: Engine) -> dict[str, int]:
    """Seven leads, one in each situation, by name."""
    ann, max_ = member(engine), member(engine, "Max", "manager")
    names = ("fresh", "late", "mine", "theirs", "escalated", "won", "mine_too")
    ids = {
        name: take(engine, replace(BOB, name=name, phone=None, email=f"{name}@example.com")).id
        for name in names
    }
    with transaction(engine) as session:
        handling.claim(session, ids["mine"], ann, LATER, HOUSE)
        handling.claim(session, ids["theirs"], max_, LATER, HOUSE)
        handling.escalate(session, ids["escalated"], ann, "manager", "custom", LATER, HOUSE)
        handling.claim(session, ids["won"], ann, LATER, HOUSE)
        handling.close(session, ids["won"], ann, "won", LATER, HOUSE)
        handling.claim(session, ids["mine_too"], ann, LATER + timedelta(seconds=1), HOUSE)
        session.execute(sa.update(leads).where(leads.c.id == ids["late"]).values(due_at=NOON))
    return ids


@pytest.mark.parametrize(
    ("view", "names"),
    [
        ("all", ["late", "escalated", "fresh", "mine_too", "theirs", "mine", "won"]),
        ("open", ["late", "escalated", "fresh", "mine_too", "theirs", "mine"]),
        ("mine", ["mine_too", "mine"]),
        ("unclaimed", ["late", "escalated", "fresh"]),
        ("breached", ["late"]),
        ("escalated", ["escalated"]),
        ("closed", ["won"]),
    ],
)
def test_the_views_of_the_inbox_show_what_is_due_first(
    engine: Engine, inbox: dict[str, int], view: View, names: list[str]
) -> None:
    ann = Member(1, "Ann", "", "rep", None, True, 0)
    with transaction(engine) as session:
        found = leads_in_inbox(session, view=view, member=ann, now=LATER)
        page = leads_in_inbox(session, view=view, member=ann, now=LATER, limit=2, offset=1)
        counts = count_leads(session, ann, LATER)

    assert [lead.name for lead in found] == names
    assert [lead.name for lead in page] == names[1:3]
    assert counts[view] == len(names)


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("ana", ["Ana Lee"]),
        ("LABS lee", ["Ana Lee"]),
        ("labs bob", []),
        ("20 trunks", ["Ana Lee"]),
        ("inx-a", ["Ana Lee"]),
        ("ana@EXAMPLE", ["Ana Lee"]),
        ("(408) 796", ["Bob"]),
        ("MÜLLER", ["Ana Lee"]),
        ("L-2", ["Bob"]),
        ("100%", []),
        ("  ", ["Bob", "Ana Lee"]),
    ],
)
def test_a_search_finds_every_word_anywhere(engine: Engine, search: str, names: list[str]) -> None:
    ann = member(engine)
    take(engine, replace(ANA, company="MÜLLER Labs"))
    take(engine, BOB)

    with transaction(engine) as session:
        found = leads_in_inbox(session, view="all", member=ann, search=search, now=NOON)
    assert [lead.name for lead in found] == names
