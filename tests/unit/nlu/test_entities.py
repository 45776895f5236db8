"""What holds for any message at all, and for the tables behind the entities."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.nlu.entities import find_entities
from bot.nlu.entities.links import load_names
from bot.nlu.entities.phrases import Lexicon, expand, rule
from bot.nlu.entities.spelling import words
from bot.nlu.entities.tokens import tokenise

WORDS = words(
    "400G dr4 om4 $ 20k budget no rework loss matters type b mpo 12 - . , ( ) + @ INX-TRK-M4 "
    "hundred and twenty m ft ' both first a@b.co 408 796 7735 not isn't x / é ½ ٣ \ud800 \x00"
)


def check(text: str) -> None:
    started = time.perf_counter()
    entities = find_entities(text)
    assert time.perf_counter() - started < 1.0
    for entity in entities:
        assert 0 <= entity.start < entity.end <= len(text)
        assert entity.value is not None
    for name in {entity.name for entity in entities}:
        own = sorted((e.start, e.end) for e in entities if e.name == name)
        assert all(before[1] <= after[0] for before, after in pairwise(own))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(WORDS), max_size=40), st.sampled_from(["", " ", ", "]))
def test_no_mix_of_our_words_breaks_anything(parts: list[str], between: str) -> None:
    check(between.join(parts))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300))
def test_no_text_breaks_anything(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "part",
    ["1", "1-", "a", "(", "+1 ", "a@", "no ", "$1 k ", "(408) 796-7735 ", "INX-TRK-", "mpo ", "~",
     "hundred ", "12 ", "we need low loss no rework ", "x.y@z.co ", "1,000,", "'", "om4 "],
)  # fmt: skip
def test_a_hostile_message_costs_little(part: str) -> None:
    check((part * 2_000)[:2_000])
    check(part * 20_000)


def test_an_entity_points_at_its_words() -> None:
    text = "Hi \u2014 we\u2019d like  24\u00a0fibers, \u2018type B\u2019."

    found = {entity.name: text[entity.start : entity.end] for entity in find_entities(text)}

    assert found == {"fibers": "24\u00a0fibers", "polarity": "type B"}


def test_a_part_number_hides_what_it_is_made_of() -> None:
    found = find_entities("INX-PAT-M4-12F12FP-PB-LP-003M")
    assert [entity.name for entity in found] == ["sku"]


def test_every_optic_is_found_by_its_own_name() -> None:
    missed = {
        name: [entity.value for entity in find_entities(name) if entity.name == "link"]
        for name in load_names()
        if [e.value for e in find_entities(name) if e.name == "link"] != [name]
    }
    assert missed == {}


def test_the_built_in_names_are_those_of_the_reference_table(tmp_path: Path) -> None:
    assert sorted(load_names(tmp_path / "absent.yml")) == sorted(load_names())


def test_a_pattern_covers_its_spellings() -> None:
    rows = {" ".join(row) for row in expand("low-loss trunk|cable new?")}
    assert rows == {
        f"{first} {noun}{last}"
        for first in ("low - loss", "low loss", "lowloss")
        for noun in ("trunk", "cable")
        for last in ("", " new")
    }


def test_the_longest_phrase_of_a_kind_wins_and_a_refusal_hides_shorter_ones() -> None:
    lexicon = Lexicon(
        [
            rule("size", "small", "small"),
            rule("size", "smallish", "small ish"),
            rule("size", lambda _: None, "small talk"),
        ]
    )

    assert [match.value for match in lexicon.find(tokenise("small ish"))] == ["smallish"]
    assert lexicon.find(tokenise("small talk")) == []
    assert lexicon.find([]) == []


def test_several_threads_find_what_one_finds() -> None:
    """While a turn is computed the next message is read in a thread (bot/understanding.py)."""
    texts = [
        f"{length} m of {fiber} {word}{length} trunk, {count} fibers type {letter}"
        for length in range(10, 60)
        for fiber, word in (("OM4", "zq"), ("OS2", "unseen"), ("OM3", "w"))
        for count, letter in ((12, "A"), (24, "B"))
    ]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(find_entities, texts, chunksize=1))

    assert together == [find_entities(text) for text in texts]
