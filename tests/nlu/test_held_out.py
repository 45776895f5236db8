"""What share of messages, written apart from the training data, the assistant gets right.

Floors and ceiling are what was reached; a change may not fall behind them. The report with every
miss: `python -m tests.nlu.evaluate`.
"""

from __future__ import annotations

import asyncio
import re

import pytest
import yaml

from actions.topics import topics
from sales.settings import PROJECT
from tests.nlu.evaluate import Scores, also_right, held_out_messages, report, score
from tests.nlu.likeness import near_duplicates

IN_SCOPE_FLOOR = 0.93
REFUSED_FLOOR = 0.95
WRONG_CEILING = 0.04


@pytest.fixture(scope="module")
def scores(agent: object, loop: asyncio.AbstractEventLoop) -> Scores:
    found = loop.run_until_complete(score(agent.parse_message))  # type: ignore[attr-defined]
    print(report(found))
    return found


def test_at_least_six_hundred_messages_across_all_topics_are_held_out() -> None:
    messages = held_out_messages()

    assert len({text for text, _ in messages}) >= 600
    assert {f"faq/{topic}" for topic in topics()} <= {label for _, label in messages}


def test_what_is_also_right_belongs_to_held_out_messages_and_real_answers() -> None:
    expected = dict(held_out_messages())

    for text, others in also_right().items():
        assert text in expected
        assert expected[text] not in (*others, "out_of_scope")
        assert all(x.removeprefix("faq/") in topics() for x in others if x.startswith("faq/"))


def test_the_right_answer_is_chosen(scores: Scores) -> None:
    assert scores.in_scope >= IN_SCOPE_FLOOR


def test_few_messages_get_a_wrong_answer_where_asking_was_better(scores: Scores) -> None:
    assert scores.confidently_wrong <= WRONG_CEILING


def test_what_is_out_of_scope_is_refused(scores: Scores) -> None:
    assert scores.refused >= REFUSED_FLOOR


def test_no_held_out_message_is_a_training_example() -> None:
    trained = {plain(text) for text in training_examples()}
    shared = [text for text, _ in held_out_messages() if plain(text) in trained]

    assert shared == []


def test_no_held_out_message_is_a_training_example_in_other_clothes() -> None:
    held_out = [text for text, _ in held_out_messages()]

    assert near_duplicates(held_out, training_examples()) == []


@pytest.mark.parametrize(
    ("message", "example", "is_alike"),
    [
        ("can riser cable be used in plenum space", "Can riser cable be used in plenum spaces?", 1),
        ("why are four fibres dark in my mpo12", "why are four fibers dark in my MPO 12", 1),
        ("are mpo and mtp the same thing", "are MTP and MPO the same thing", 1),
        ("is an MTP always the better choice", "is mtp always the better choice?", 1),
        ("what is the difference between tcp and udp", "difference between mtp and mpo", 0),
        ("can we start over from the beginning", "forget everything and begin anew", 0),
        ("help pls", "help", 0),
    ],
)  # fmt: skip
def test_what_counts_as_too_alike(message: str, example: str, is_alike: int) -> None:
    assert bool(near_duplicates([message], [example, "how do I order?"])) == bool(is_alike)


def test_the_report_has_every_topic_the_pairs_and_the_figures_that_count() -> None:
    answers = {"right": "greet", "wrong": "goodbye", "refused": "nlu_fallback"}
    scores = Scores()
    for text, expected in [
        ("right", "greet"), ("wrong", "greet"), ("refused", "greet"), ("refused", "out_of_scope"),
    ]:  # fmt: skip
        scores.add(text, expected, answers[text])

    assert (scores.in_scope, scores.refused) == (1 / 3, 1)
    assert scores.confidently_wrong == 1 / 3
    text = report(scores)
    assert "greet" in text
    assert "33.3%" in text
    assert "goodbye" in text.partition("confusion pairs")[2]


def training_examples() -> list[str]:
    files = [PROJECT / "data" / "nlu.yml", *(PROJECT / "data" / "faq").glob("*.yml")]
    return [
        line.removeprefix("- ").strip()
        for path in files
        for row in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in row.get("examples", "").splitlines()
        if line.strip()
    ]


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()
