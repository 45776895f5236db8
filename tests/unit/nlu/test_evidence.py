"""The plain words and facts that settle what a message wants, whatever it sounds like."""

from __future__ import annotations

from collections import defaultdict

import pytest

from bot.nlu.entities import find_entities
from bot.nlu.evidence import Heard, evident_intent


def heard(text: str, intent: str, *others: str) -> Heard:
    values: dict[str, list[object]] = defaultdict(list)
    for entity in find_entities(text):
        values[entity.name].append(entity.value)
    return Heard(text, intent, values, others)


@pytest.mark.parametrize(
    ("text", "sounds_like", "is_"),
    [
        ("copper patch cables, RJ45, 3 m", "search_product", "out_of_scope"),
        ("price of cat 6a jumpers", "ask_price", "out_of_scope"),
        ("what discount do I get for 500 trunks", "ask_price", "request_quote"),
        ("is there 10% off for resellers", "nlu_fallback", "request_quote"),
        ("two trunks arrived damaged", "out_of_scope", "complaint"),
        ("you sent me the wrong cable", "out_of_scope", "complaint"),
        ("INX-CLN-MPO12-PEN", "search_product", "ask_price"),
        ("INX-CLN-MPO12-PEN and INX-CLN-LC-PEN", "faq", "compare_products"),
        ("there is no headroom left for loss", "loss_tolerant", "loss_sensitive"),
        ("we do not repair connectors here", "need_rework", "no_rework"),
        ("and how about return loss", "loss_sensitive", "compare_feature"),
        ("10G, nobody repairs anything, cheap", "faq", "inform"),
        ("OM4 trunk with LC, 10 m", "faq", "search_product"),
        ("a microscope for end faces", "faq", "search_product"),
        ("100G SR4, 80 m OM4, 3 connections", "search_product", "link_budget"),
        ("is 120 m of OM3 ok for 40G SR4 w/ 4 elite connectors", "ask_link", "link_budget"),
        ("how much loss for 90m om4 with 3 mtp pairs", "faq", "link_budget"),
        ("budget for 400GBASE-ZR9 over 80 km", "ask_link", "link_budget"),
    ],
)
def test_plain_words_and_facts_outweigh_the_first_guess(
    text: str, sounds_like: str, is_: str
) -> None:
    assert evident_intent(heard(text, sounds_like)) == is_


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("which polish do OM4 trunks need?", "faq"),
        ("can a 10G link do without rework", "faq"),
        ("the copper core of the earth", "faq"),
        ("is MTP worth its price", "faq"),
        ("how do I return a clean end face", "faq"),
        ("how far can 400GBASE-DR4 go", "ask_link"),
        ("what do I need for 800G over 60 m OM4?", "ask_link"),
        ("can I do 100G over 150 meters of OM4", "ask_link"),
        ("hello", "greet"),
    ],
)
def test_a_guess_without_evidence_against_it_stands(text: str, intent: str) -> None:
    assert evident_intent(heard(text, intent)) is None


def test_a_question_about_a_need_goes_to_the_next_guess() -> None:
    asked = heard("could one of us polish that at the rack", "need_rework", "no_rework", "faq")

    assert evident_intent(asked) in ("faq", "compare_feature")
