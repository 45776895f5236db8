"""Mistyped part numbers are matched as difflib would, only faster."""

from __future__ import annotations

import difflib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.catalog.close_numbers import CLOSE_ENOUGH, closest
from sales.catalog.rows import sku_key
from sales.catalog.sample_parts import SAMPLE_NUMBERS

KEYS = sorted(map(sku_key, SAMPLE_NUMBERS))
SHORT = st.text(alphabet="AB01", min_size=1, max_size=12)


def as_difflib(key: str, candidates: list[str], limit: int) -> list[str]:
    return difflib.get_close_matches(key, candidates, n=limit, cutoff=CLOSE_ENOUGH)


@pytest.mark.parametrize("seed", range(25))
def test_a_mistyped_number_gets_what_difflib_finds(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # the same typos each time
    key = chance.choice(KEYS)
    place = chance.randrange(len(key) - 1)
    typed = key[:place] + key[place + 1] + key[place] + chance.choice("0AX") + key[place + 2 :]

    assert closest(typed, KEYS, 5) == as_difflib(typed, KEYS, 5)


@given(key=SHORT, candidates=st.sets(SHORT, max_size=30), limit=st.integers(1, 5))
def test_any_texts_are_ordered_as_difflib_does(key: str, candidates: set[str], limit: int) -> None:
    assert closest(key, sorted(candidates), limit) == as_difflib(key, sorted(candidates), limit)
