"""What a visitor says about a link is taken as it is meant, and what cannot be is named."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from bot.nlu.entities import find_entities
from sales.link_budget_follow_up import Span, asks_for_fixes, asks_for_typical, goes_on
from sales.link_budget_reading import FIBER, LENGTH, OPTIC, Facts, Reading, missing, query_of, read
from sales.link_budget_words import count_of
from sales.reference.files import known_links

LINKS = tuple(known_links().values())
BUDGET, FAQ, PRODUCTS = ["say_link_budget"], ["utter_faq/apc"], ["say_products_found"]


def reading(text: str, known: Facts | None = None, asked: str = "") -> Reading:
    values: dict[str, list[Any]] = defaultdict(list)
    for entity in find_entities(text):
        values[entity.name].append(entity.value)
    return read(text, values, known or Facts(), LINKS, asked)


def follows(text: str, *turns: list[str], intent: str = "inform") -> bool:
    spans = [Span(entity.name, entity.start, entity.end) for entity in find_entities(text)]
    return goes_on(text, spans, intent, turns)


def test_one_message_with_everything_leaves_nothing_to_ask() -> None:
    facts = reading("100G SR4, 80 m OM4, 3 low-loss pairs and a splice").facts

    assert missing(facts, LINKS) == []
    assert (facts.optic, facts.fiber, facts.length_m) == ("100GBASE-SR4", "OM4", 80)
    assert (facts.connections, facts.grade, facts.splices) == (3, "LL", 1)


def test_an_ambiguous_name_is_settled_by_the_rate_said_later() -> None:
    first = reading("link budget for SR4").facts

    assert missing(first, LINKS)[0] == OPTIC
    assert reading("100g", first, OPTIC).facts.optic == "100GBASE-SR4"


def test_the_only_fiber_of_an_optic_is_assumed_and_said() -> None:
    facts = reading("400GBASE-DR4 over 400 m").facts
    link = next(link for link in LINKS if link.name == "400GBASE-DR4")

    assert missing(facts, LINKS) == []
    assert query_of(facts, link).assumptions == (
        "OS2, the fiber of 400GBASE-DR4",
        "2 connections",
        "standard-grade pairs",
    )


@pytest.mark.parametrize(
    ("text", "slot", "response"),
    [
        ("100GBASE-SR4 and 400GBASE-DR4", OPTIC, "say_reask_link_budget_optics"),
        ("400GBASE-ZR9 over 80 km", OPTIC, "say_reask_link_budget_unknown_optic"),
        ("OM3 and OM4", FIBER, "say_reask_link_budget_fibers"),
        ("100GBASE-SR4 on OS2", FIBER, "say_reask_link_budget_fiber"),
        ("90 m and 30 m", LENGTH, "say_reask_link_budget_lengths"),
        ("-50 m", LENGTH, "say_reask_link_budget_length"),
        ("0 m", LENGTH, "say_reask_link_budget_length"),
        ("500000 km", LENGTH, "say_reask_link_budget_length"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, slot: str, response: str) -> None:
    problem = reading(text).problem

    assert problem is not None
    assert (problem.slot, problem.response) == (slot, response)


def test_a_grade_and_a_promised_loss_replace_each_other() -> None:
    promised = reading("two pairs at 0.5 dB").facts
    graded = reading("with low loss connectors", promised).facts

    assert promised.pair_loss_db == 0.5
    assert (graded.grade, graded.pair_loss_db, graded.connections) == ("LL", None, 2)


@pytest.mark.parametrize(
    ("text", "connections"),
    [
        ("and with one more pair?", 13),
        ("2 more low-loss pairs", 14),
        ("and another 2 pairs", 14),
        ("another connection", 13),
        ("with 3 extra connectors", 15),
        ("2 fewer pairs", 10),
        ("one pair less", 11),
        ("remove two pairs", 10),
        ("add a pair", 13),
        ("4 pairs", 4),
        ("2 pairs and 1 more pair", 3),
    ],
)
def test_more_and_fewer_change_the_count_of_before(text: str, connections: int) -> None:
    before = reading("400GBASE-DR4 300 m OS2 1 mechanical splice 12 low-loss pairs").facts

    after = reading(text, before).facts

    assert (after.connections, after.splices) == (connections, 1)


def test_one_more_pair_of_another_kind_is_counted_as_what_it_is() -> None:
    before = reading("25GBASE-SR 60 m OM4 2 LC pairs").facts
    link = next(link for link in LINKS if link.name == "25GBASE-SR")

    query = query_of(reading("and one more MPO pair", before).facts, link)

    assert (query.plug, query.connections, query.other_pairs) == ("LC", 3, 1)


def test_one_more_than_was_assumed_is_said_to_be_so() -> None:
    link = next(link for link in LINKS if link.name == "400GBASE-DR4")
    after = reading("one more pair", reading("400GBASE-DR4 300 m").facts).facts

    assert after.connections == 3
    assert "1 more than the 2 connections taken before" in query_of(after, link).assumptions


def test_facts_survive_as_a_slot() -> None:
    facts = reading("100G SR4, 80 m OM4, 3 elite connectors").facts

    assert Facts.of_slot(facts.as_slot()) == facts


@pytest.mark.parametrize(
    ("text", "noun", "count"),
    [
        ("3 conectors", "connections", 3),
        ("2 MTP pairs and one LC pair", "connections", 3),
        ("no patch panels", "connections", 0),
        ("what if I splice twice", "splices", 2),
        ("without splices", "splices", 0),
        ("two low-loss casettes", "cassettes", 2),
        ("some connectors", "connections", None),
    ],
)
def test_joints_are_counted_as_people_write_them(text: str, noun: str, count: int | None) -> None:
    assert count_of(text, noun) == count


@pytest.mark.parametrize(
    "text",
    ["and with 6 connections?", "what about 150 m?", "with low loss connectors?", "and on OM3?",
     "what if I splice twice", "typical instead of worst case", "how can I fix it?"],
)  # fmt: skip
def test_a_change_of_the_last_budget_goes_on_about_it(text: str) -> None:
    assert follows(text, BUDGET)
    assert not follows(text, PRODUCTS, BUDGET)
    assert not follows(text)


@pytest.mark.parametrize(
    "text",
    ["12 fiber OM4 trunk 10 m", "and with 400GBASE-DR4?", "do you have low loss cords in stock?",
     "what is the difference between OM3 and OM4?", "call me at 408 555 0123"],
)  # fmt: skip
def test_other_wishes_do_not_go_on_about_the_budget(text: str) -> None:
    assert not follows(text, BUDGET, intent="faq")


def test_after_an_answer_only_what_belongs_to_a_budget_goes_on_about_it() -> None:
    assert follows("and with 6 connections?", FAQ, BUDGET)
    assert not follows("and OM3?", FAQ, BUDGET)


def test_fixes_and_typical_figures_are_asked_for_in_many_words() -> None:
    assert asks_for_fixes("what would make it pass?")
    assert asks_for_fixes("how do I get this to work")
    assert asks_for_typical("typically?")
    assert not asks_for_fixes("and with 6 connections?")
