"""Whatever is written: every reader of it answers, or refuses in the way it says it does."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import readers
from tests.fuzz.runs import SEED, share, survives
from tests.fuzz.texts import flood, floods, message, messages

OF_SLOW, OF_FAST = 450, 9_600  # messages for each reader in a usual run
FLOODS, EXAMPLES = 20, 20


@pytest.mark.parametrize("name", readers.SLOW)
def test_messages_near_ours_break_no_reader_of_meaning(name: str) -> None:
    survives(name, OF_SLOW, message, readers.SLOW[name])


@pytest.mark.parametrize("name", readers.FAST)
def test_messages_near_ours_break_no_reader_of_words(name: str) -> None:
    survives(name, OF_FAST, message, readers.FAST[name])


@pytest.mark.parametrize("name", readers.READERS)
def test_the_longest_messages_break_no_reader(name: str) -> None:
    survives(f"floods of {name}", FLOODS, flood, readers.READERS[name])


@settings(
    max_examples=share(EXAMPLES),
    deadline=None,
    derandomize=SEED == 0,
    suppress_health_check=list(HealthCheck),
)
@given(text=messages | floods)
def test_what_hypothesis_makes_of_them_breaks_none(text: str) -> None:
    for read in readers.READERS.values():
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("at " + "4" * 1_990, id="a flood of digits before no dB"),
        pytest.param("nine" + " " * 1_990, id="a number and blanks"),
        pytest.param("dr4" * 600 + "\x00", id="an optic's name over and over"),
        pytest.param("two" + " " * 1_990 + "x", id="blanks before no trunks"),
        pytest.param("which still" + " " * 1_980, id="blanks after a plant"),
        pytest.param("a" + "," * 1_990, id="one letter and commas"),
    ],
)
def test_messages_that_took_seconds_or_for_ever_are_read_now(text: str) -> None:
    for read in readers.READERS.values():
        read(text)
