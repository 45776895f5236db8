"""The priority follows from what the visitor needs, and says why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.leads.priority import NO_HURRY, NOTHING_KNOWN, asked_again, score
from sales.leads.workflow import PRIORITIES


@pytest.mark.parametrize(
    ("need", "note", "priority"),
    [
        ({}, "", "normal"),
        ({"data_rate": 40}, "", "low"),
        ({"data_rate": 100}, "", "normal"),
        ({"data_rate": 400}, "", "normal"),
        ({"data_rate": 400, "quantity": 20}, "", "high"),
        ({"quantity": 100, "data_rate": 100}, "", "high"),
        ({"quantity": 19}, "", "low"),
        ({"budget_usd": 25_000, "quantity": 20}, "", "high"),
        ({"budget_usd": 5_000}, "", "normal"),
        ({}, "This is urgent, please call", "high"),
        ({}, "we need them by Friday", "high"),
        ({}, "a custom 144F trunk", "normal"),
        ({}, "please send a quote", "normal"),
        ({"product_query": "custom trunk"}, "quote please", "normal"),
    ],
)
def test_what_weighs(need: dict[str, Any], note: str, priority: str) -> None:
    assert score(need, note)[0] == priority


def test_the_reasons_are_sentences_weightiest_first() -> None:
    need = {"data_rate": 800, "quantity": 30, "budget_usd": 40_000}

    assert score(need, "a quote, asap") == (
        "high",
        (
            'It is urgent: they wrote "asap".',
            "800G: projects at 400G and up are larger.",
            "A budget of $40,000.",
            "30 pieces: more than a trial.",
            "They asked for a quote.",
        ),
    )


@pytest.mark.parametrize("note", ["not urgent at all", "no rush", "today we have 40G"])
def test_somebody_with_time_is_not_hurried(note: str) -> None:
    assert score({"data_rate": 10}, note) == ("low", (NO_HURRY,))


def test_a_lead_nobody_knows_anything_about_is_not_put_last() -> None:
    assert score({}) == ("normal", (NOTHING_KNOWN,))


def test_a_quote_asked_for_in_the_conversation_counts_and_small_talk_does_not() -> None:
    assert score({}, said=["Can I get a quote?"]) == ("normal", ("They asked for a quote.",))
    assert score({"data_rate": 10}, said=["see you tomorrow"]) == ("low", (NO_HURRY,))


def test_who_knows_a_visitor_that_comes_back_is_named() -> None:
    assert (
        asked_again("won", "Ann")
        == "Asked again after the lead was won; Ann looked after it before."
    )
    assert asked_again("lost", "") == "Asked again after the lead was lost."


VALUES = st.one_of(
    st.none(), st.booleans(), st.text(max_size=9), st.lists(st.integers(), max_size=2),
    st.floats(), st.integers(),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["data_rate", "quantity", "budget_usd", "site"]), VALUES))
def test_whatever_the_need_holds_gives_a_priority_with_a_reason(need: dict[str, Any]) -> None:
    priority, reasons = score(need)

    assert priority in PRIORITIES
    assert reasons
