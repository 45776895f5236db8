"""What a lead keeps, and what a second message from the same person changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.contact import ContactError
from sales.leads.lead import (
    Change,
    ConsentMissingError,
    ContactMissingError,
    Lead,
    LeadDraft,
    checked_draft,
    merge,
    open_lead,
    parse_reference,
)

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
HELLO = {"who": "visitor", "text": "hello", "at": "2025-07-01T11:58:00Z"}
PRICE = {"who": "visitor", "text": "and the price?", "at": "2025-07-01T12:58:00Z"}
ANA = LeadDraft(
    consent=True,
    name="Ana Lee",
    email="Ana@Example.com",
    phone="(408) 796-7735",
    company="Example Labs",
    note="needs 20 trunks",
    need={"data_rate_gbps": 400},
    products=("INX-A",),
    conversation_id="c1",
    transcript=(HELLO,),
)


def lead_of(draft: LeadDraft) -> Lead:
    return open_lead(checked_draft(draft), NOON)


def changes_by(draft: LeadDraft) -> dict[str, Change]:
    _, changes = merge(lead_of(ANA), checked_draft(draft), LATER)
    return {change.what: change for change in changes}


def test_a_new_lead_keeps_everything_that_was_said() -> None:
    lead = lead_of(ANA)

    assert (lead.state, lead.name, lead.company) == ("new", "Ana Lee", "Example Labs")
    assert (lead.email, lead.phone) == ("Ana@example.com", "+14087967735")
    assert (lead.need, lead.products) == ({"data_rate_gbps": 400}, ("INX-A",))
    assert lead.transcript == (HELLO,)
    assert lead.created_at == lead.updated_at == lead.consent_at == NOON


def test_times_are_kept_in_utc() -> None:
    in_california = NOON.astimezone(timezone(timedelta(hours=-7)))

    assert open_lead(checked_draft(ANA), in_california).created_at.tzinfo is UTC


def test_nobody_becomes_a_lead_without_consent() -> None:
    with pytest.raises(ConsentMissingError):
        checked_draft(replace(ANA, consent=False))


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_lead_needs_a_way_to_reach_the_person(nothing: str | None) -> None:
    with pytest.raises(ContactMissingError):
        checked_draft(replace(ANA, email=nothing, phone=nothing))


def test_an_unusable_contact_is_refused() -> None:
    with pytest.raises(ContactError):
        checked_draft(replace(ANA, email="ana at example"))


def test_texts_lose_what_a_database_refuses() -> None:
    checked = checked_draft(
        replace(
            ANA,
            name="Ana\x00\n Lee\ud800",
            note="one\x00\ntwo",
            need={"fiber\x00": ("OM4\x00",)},
        )
    )

    assert (checked.name, checked.note) == ("Ana Lee", "one\ntwo")
    assert checked.need == {"fiber": ["OM4"]}


def test_a_repeated_message_changes_nothing() -> None:
    lead, changes = merge(lead_of(ANA), checked_draft(ANA), LATER)

    assert (lead, changes) == (lead_of(ANA), ())


def test_notes_are_added_below_the_old_ones() -> None:
    lead, _ = merge(lead_of(ANA), checked_draft(replace(ANA, note="and 5 cassettes")), LATER)

    assert lead.note == "needs 20 trunks\nand 5 cassettes"
    assert lead.updated_at == LATER


def test_the_latest_need_wins_and_the_old_one_stays_in_the_history() -> None:
    changes = changes_by(replace(ANA, need={"data_rate_gbps": 100}))

    assert changes == {"need": Change("need", {"data_rate_gbps": 400}, {"data_rate_gbps": 100})}


def test_what_is_not_said_again_is_not_lost() -> None:
    lead, changes = merge(
        lead_of(ANA), checked_draft(LeadDraft(consent=True, email="ana@example.com")), LATER
    )

    assert [change.what for change in changes] == ["email"]
    assert (lead.name, lead.phone, lead.need) == (
        "Ana Lee", "+14087967735", {"data_rate_gbps": 400},
    )  # fmt: skip


def test_products_and_transcript_only_grow() -> None:
    more = replace(ANA, products=("INX-B", "INX-A"), transcript=(HELLO, PRICE))
    lead, changes = merge(lead_of(ANA), checked_draft(more), LATER)

    assert lead.products == ("INX-A", "INX-B")
    assert lead.transcript == (HELLO, PRICE)
    assert Change("transcript", 1, 2) in changes


def test_the_first_consent_and_the_state_stay() -> None:
    claimed = replace(lead_of(ANA), state="claimed")
    lead, _ = merge(claimed, checked_draft(replace(ANA, note="call me")), LATER)

    assert (lead.consent_at, lead.state) == (NOON, "claimed")


def test_a_log_never_shows_a_person() -> None:
    shown = f"{ANA!r} {lead_of(ANA)!r} {Change('email', 'Ana@example.com', None)!r}"

    assert not any(secret in shown for secret in ("Ana", "408", "Example", "20 trunks", "hello"))


@pytest.mark.parametrize(
    ("typed", "lead_id"),
    [
        ("L-000017", 17),
        ("l-17", 17),
        (" L000017 ", 17),
        ("L-1234567", 1234567),
        ("17", 17),
        ("L-", None),
        ("L-17; DROP TABLE", None),
    ],
)
def test_a_reference_is_read_as_people_type_it(typed: str, lead_id: int | None) -> None:
    assert parse_reference(typed) == lead_id


def test_a_lead_is_called_by_six_digits() -> None:
    assert replace(lead_of(ANA), id=17).reference == "L-000017"


@given(st.lists(st.sampled_from(["call me", "call", "me\ncall", "", "30 m"]), max_size=6))
def test_no_note_is_ever_lost(notes: list[str]) -> None:
    lead = lead_of(ANA)
    for note in notes:
        lead, _ = merge(lead, checked_draft(replace(ANA, note=note)), LATER)

    assert all(note in lead.note for note in [*notes, ANA.note])


def test_a_message_whose_turn_was_taken_anew_stands_in_the_transcript_once() -> None:
    first, again = HELLO | {"id": "m1"}, HELLO | {"id": "m1", "at": "2025-07-01T11:58:09Z"}
    twice = HELLO | {"id": "m2", "at": "2025-07-01T11:59:00Z"}  # the same words, said again
    lead = lead_of(replace(ANA, transcript=(first,)))

    merged, _ = merge(lead, checked_draft(replace(ANA, transcript=(again, twice))), LATER)

    assert merged.transcript == (first, twice)
