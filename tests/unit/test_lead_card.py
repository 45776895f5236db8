"""A lead's card says everything a rep needs, always fits, and nobody can misuse it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.slack.lead_card import (
    LeadCard,
    card_message,
    said_messages,
    transcript_messages,
)
from bot.channels.slack.modals import modal, problems, submission
from sales.leads.lead import Lead
from tests.slack_checks import are_too_long, message_problems, view_problems
from tests.slack_people import actions_in, words_in

NOON = datetime(2025, 7, 1, 19, tzinfo=UTC)
DUE = NOON + timedelta(hours=2)
LEAD = Lead(
    id=17, created_at=NOON, updated_at=NOON, consent_at=NOON, state="new", channel="website",
    conversation_id="c1", name="Ana Lee", email="ana@example.com", phone="+14087967735",
    company="Acme", note="needs 20 trunks", need={"data_rate": 400, "quantity": 20},
    recommendation={"verdict": "MTP", "text": "MTP, because 400G leaves little loss to spare."},
    products=("INX-A",),
    transcript=({"who": "visitor", "text": "hello"}, {"who": "bot", "text": "Hi, I am a bot."}),
    priority="high", priority_reasons=("400G: projects at 400G and up are larger.",), due_at=DUE,
)  # fmt: skip
CARD = LeadCard(LEAD, "", (("INX-A", "MTP trunk, 12 fibers"),), page="https://desk/leads/17")
OPEN = ["lead.reply", "lead.escalate"]
HOSTILE = "<!channel> @channel @Here <https://evil.example|click> </script> & `x` *b* @everyone"


def shown(**changes: Any) -> str:
    return words_in(card_message(with_lead(**changes), NOON).blocks)


def with_lead(**changes: Any) -> LeadCard:
    return replace(CARD, lead=replace(LEAD, **changes))


def buttons(card: LeadCard) -> list[str]:
    return actions_in({"blocks": card_message(card, NOON).blocks})


def test_a_card_says_everything_that_is_known() -> None:
    words = shown()

    for fact in (
        "L-000017 · high priority · new", "Ana Lee", "Acme", "<mailto:ana@example.com|",
        "<tel:+14087967735|", "Data rate: 400G", "Quantity: 20", "needs 20 trunks",
        "because 400G leaves little loss", "INX-A: MTP trunk, 12 fibers", "400G: projects",
        "Visitor:* hello", "Assistant:* Hi, I am a bot.", "Nobody has it yet",
    ):  # fmt: skip
        assert fact in words


def test_the_need_is_told_in_words() -> None:
    asked = {"brand": "MTP", "family": "TRK", "fibers": 12, "in_stock": False, "sort": "best"}
    words = shown(need={"site": "data_center", "product_query": asked})

    assert "• Asked for: MTP trunk cable, 12 fibers\n• Site: data center" in words


def test_the_deadline_is_in_each_readers_own_time() -> None:
    stamp = int(DUE.timestamp())

    assert f"To be claimed by <!date^{stamp}^{{date_short_pretty}} {{time}}|2025-07-01 21:00 UTC>" \
        in shown()  # fmt: skip
    assert "*Late*" in shown(due_at=NOON - timedelta(minutes=1))
    assert "claimed by" not in shown(due_at=None)


def test_where_the_lead_stands_is_said_in_words() -> None:
    taken = with_lead(state="contacted", owner_id=2, claimed_at=NOON, contacted_at=NOON)
    words = words_in(card_message(replace(taken, owner="Bo Chen", speaker="Bo Chen"), NOON).blocks)

    assert "*Bo Chen* has it since <!date^" in words
    assert "Bo Chen answers the visitor; the assistant is silent." in words
    assert "Escalated to a senior engineer." in shown(level="engineer")
    assert "Snoozed until <!date^" in shown(snoozed_until=DUE)
    assert "*Lost*" in shown(state="lost", closed_at=NOON, closed_reason="bought elsewhere")
    assert ">bought elsewhere" in shown(
        state="lost", closed_at=NOON, closed_reason="bought elsewhere"
    )


@pytest.mark.parametrize(
    ("changes", "owner", "speaker", "expected"),
    [
        ({}, "", "", ["lead.claim", *OPEN, "lead.lost", "lead.snooze"]),
        ({"state": "claimed", "owner_id": 2, "due_at": None}, "Bo", "",
         [*OPEN, "lead.won", "lead.lost", "lead.snooze"]),
        ({"state": "contacted", "owner_id": 2, "due_at": None}, "Bo", "Bo",
         ["lead.reply", "lead.release", "lead.escalate", "lead.won", "lead.lost", "lead.snooze"]),
        ({"state": "claimed", "owner_id": 2, "level": "manager"}, "Bo", "",
         ["lead.claim", "lead.reply", "lead.won", "lead.lost", "lead.snooze"]),
        ({"state": "won", "owner_id": 2, "due_at": None}, "Bo", "", ["lead.reopen"]),
    ],
)  # fmt: skip
def test_only_what_the_state_allows_can_be_pressed(
    changes: dict[str, Any], owner: str, speaker: str, expected: list[str]
) -> None:
    card = replace(with_lead(**changes), owner=owner, speaker=speaker)

    assert buttons(card) == [*expected, "lead.desk"]


def test_the_desk_is_offered_only_where_there_is_one() -> None:
    assert "lead.desk" not in buttons(replace(CARD, page=None))


def test_what_visitors_write_pings_nobody_and_links_nowhere() -> None:
    lines = ({"who": "visitor", "text": HOSTILE},)
    card = with_lead(
        name=HOSTILE, company=HOSTILE, note=HOSTILE, need={HOSTILE: HOSTILE}, transcript=lines,
        products=(HOSTILE,), recommendation={"text": HOSTILE}, email='a|b>"@example.com',
    )  # fmt: skip
    told = [
        card_message(replace(card, products=((HOSTILE, HOSTILE),)), NOON),
        *said_messages("Visitor", HOSTILE),
        *(message for _, message in transcript_messages(lines)),
    ]

    for message in told:
        written = message.text + words_in(message.blocks)
        assert "<!channel" not in written
        assert "<http" not in written
        assert "@channel" not in written.lower()
        assert "@here" not in written.lower()
        assert "@everyone" not in written
        assert "<mailto:a|" not in written
    every = str([message.blocks for message in told])
    assert every.count("'mrkdwn'") == every.count("'verbatim': True") > 0


def test_no_name_or_address_is_in_what_a_locked_phone_shows() -> None:
    text = card_message(CARD, NOON).text

    assert text == "Lead L-000017, high priority, new: 400G, 20 pieces"


@given(st.text(max_size=30), st.sampled_from([1, 40, 400]), st.booleans())
def test_a_card_fits_however_much_was_written(seed: str, times: int, is_awkward: bool) -> None:
    text = (seed + ('&"<\\' if is_awkward else "word ")) * times
    card = with_lead(
        name=text[:200], company=text[:200], note=text[:4_000], need={text: text, "fiber": text},
        recommendation={"text": text}, products=(text,) * 30, priority_reasons=(text,) * 9,
        transcript=({"who": text[:30], "text": text},) * 50, closed_reason=text[:4_000],
        state="lost",
    )  # fmt: skip
    message = card_message(replace(card, products=((text, text),) * 30, owner=text[:60]), NOON)

    assert message_problems(message.blocks) == []
    assert not are_too_long(message.blocks)


@given(st.lists(st.text(max_size=60), max_size=40), st.sampled_from([1, 60]))
def test_a_whole_transcript_is_told_once_in_parts_that_fit(lines: list[str], times: int) -> None:
    transcript = [{"who": "visitor", "text": line * times} for line in lines]
    told = list(transcript_messages(transcript))

    assert [end for end, _ in told] == sorted({end for end, _ in told})
    assert (told[-1][0] if told else 0) == len(lines)
    for _, message in told:
        assert message_problems(message.blocks) == []
        assert not are_too_long(message.blocks)


def test_a_transcript_goes_on_where_it_stopped() -> None:
    lines = [{"who": "visitor", "text": f"line {number}"} for number in range(4)]
    ((end, message),) = transcript_messages(lines, told=2)

    words = words_in(message.blocks)
    assert (end, "line 1" in words, "line 2" in words, "line 3" in words) == (4, False, True, True)


@given(st.text(max_size=4_000), st.sampled_from(["", "Visitor"]))
def test_whatever_is_said_is_said_whole_and_fits(text: str, who: str) -> None:
    for message in said_messages(who, text + ' "&<' * 700, "<@U1> " * 10):
        assert message_problems(message.blocks) == []
        assert not are_too_long(message.blocks)


@pytest.mark.parametrize("action", ["lead.reply", "lead.escalate", "lead.won", "lead.lost"])
def test_every_form_is_one_that_slack_opens(action: str) -> None:
    assert view_problems(modal(action, 999_999_999, "C0SALES")) == []


@pytest.mark.parametrize(
    ("action", "text", "level", "wrong"),
    [
        ("lead.reply", "  ", "", ["text"]),
        ("lead.reply", "Hello", "", []),
        ("lead.escalate", "", "engineer", ["text"]),
        ("lead.escalate", "custom 144F", "", ["level"]),
        ("lead.escalate", "custom 144F", "rep", ["level"]),
        ("lead.escalate", "custom 144F", "manager", []),
        ("lead.won", "", "", []),
        ("lead.lost", "", "", []),
    ],
)
def test_a_form_says_what_is_missing(action: str, text: str, level: str, wrong: list[str]) -> None:
    option = {"selected_option": {"value": level}} if level else {"selected_option": None}
    values = {"text": {"text": {"value": text or None}}, "level": {"level": option}}
    view = {**modal(action, 17, "C0SALES"), "id": "V1", "state": {"values": values}}
    sent = submission({"type": "view_submission", "view": view})

    assert sorted(problems(sent)) == wrong
    assert (sent.lead_id, sent.channel, sent.action) == (17, "C0SALES", action)
