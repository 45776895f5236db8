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
from sales.leads.export import COLUMNS, export_leads
from sales.leads.lead import Lead, LeadDraft
from sales.leads.store import find_lead, lead_history, list_leads, take_lead
from sales.leads.tables import lead_events, leads

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
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
    take(engine, ANA)
    take(engine, replace(BOB, name='=HYPERLINK("http://x")', note="  @SUM(A1)", company="a\n-b"))
    file = io.StringIO(newline="")

    with transaction(engine) as session:
        assert export_leads(session, file) == 2
    ana, bob = csv.DictReader(io.StringIO(file.getvalue(), newline=""))

    assert tuple(ana) == COLUMNS
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
