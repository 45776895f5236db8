"""What share of messages, written apart from the training data, the assistant gets right.

The floors are what was reached; a change may not fall below them. The report with every miss:
`python -m tests.nlu.evaluate`.
"""

from __future__ import annotations

import asyncio
import re

import pytest
import yaml

from sales.settings import PROJECT
from tests.nlu.evaluate import Scores, held_out_messages, report, score

IN_SCOPE_FLOOR = 0.94
REFUSED_FLOOR = 0.95


@pytest.fixture(scope="module")
def scores(agent: object, loop: asyncio.AbstractEventLoop) -> Scores:
    found = loop.run_until_complete(score(agent.parse_message))  # type: ignore[attr-defined]
    print(report(found))
    return found


def test_at_least_three_hundred_messages_are_held_out() -> None:
    assert len({text for text, _ in held_out_messages()}) >= 300


def test_the_right_answer_is_chosen(scores: Scores) -> None:
    assert scores.in_scope >= IN_SCOPE_FLOOR


def test_what_is_out_of_scope_is_refused(scores: Scores) -> None:
    assert scores.refused >= REFUSED_FLOOR


def test_no_held_out_message_is_a_training_example() -> None:
    files = [PROJECT / "data" / "nlu.yml", *(PROJECT / "data" / "faq").glob("*.yml")]
    trained = {
        plain(line.removeprefix("- "))
        for path in files
        for row in yaml.safe_load(path.read_text())["nlu"]
        for line in row["examples"].splitlines()
    }
    shared = [text for text, _ in held_out_messages() if plain(text) in trained]

    assert shared == []


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()
