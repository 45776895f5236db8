"""What the owner does with questions that the assistant did not know."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy.engine import Engine

from desk.pages.topics import known_topics
from desk.pages.training_file import training_file
from sales.database import transaction
from sales.questions.question import group_key
from sales.questions.store import record_unknown
from tests.integration.desk.conftest import Browser, Clock

Desk = Callable[[str], Browser]
TOPIC = "faq/what_is_mpo"
KEY = group_key("Do you ship to Canada?")


@pytest.fixture
def engineer(at_desk: Desk) -> Browser:
    return at_desk("engineer")


@pytest.fixture
def asked(engine: Engine, clock: Clock) -> None:
    texts = ("do you ship to Canada?", "Do you ship to canada", "red cables?")
    with transaction(engine) as session:
        for number, text in enumerate(texts):
            at = clock() - timedelta(hours=9 - number)
            record_unknown(session, f"c{number}", text, "not_understood", [TOPIC, "gone"], at)


def headings(browser: Browser, address: str = "/questions") -> list[str]:
    return re.findall(r'<h2 id="group-\d+">“(.*?)”</h2>', browser.get(address).text)


@pytest.mark.usefixtures("asked")
def test_questions_that_say_the_same_stand_together_most_asked_first(engineer: Browser) -> None:
    html = engineer.get("/questions").text

    assert headings(engineer) == ["Do you ship to canada", "red cables?"]
    assert "asked 2 times in 2 conversations" in html
    assert "do you ship to Canada?" in html  # the other wording
    assert "Assign to what is mpo" in html  # the closest topic
    assert "gone" not in html  # a topic that is no longer there is not offered


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("field", ["topic", "other"])
def test_a_question_is_assigned_and_the_decision_undone(engineer: Browser, field: str) -> None:
    answer = engineer.post(f"/questions/{KEY}/assign", **{field: TOPIC})
    assigned = engineer.get("/questions?status=assigned").text

    assert answer.headers["location"] == "/questions"
    assert "2 questions are assigned to faq/what_is_mpo." in assigned
    assert "by Engineer Example" in assigned
    assert headings(engineer) == ["red cables?"]

    undone = engineer.post(f"/questions/{KEY}/reopen", status="assigned")
    assert undone.headers["location"] == "/questions?status=assigned"
    assert len(headings(engineer)) == 2


@pytest.mark.usefixtures("asked")
def test_a_question_is_dismissed(engineer: Browser) -> None:
    engineer.post(f"/questions/{KEY}/dismiss")

    assert headings(engineer, "/questions?status=dismissed") == ["Do you ship to canada"]


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("topic", ["", "faq/no_such_thing", "<b>", "x" * 300, "\x00"])
def test_a_topic_that_is_none_is_refused_in_words(engineer: Browser, topic: str) -> None:
    answer = engineer.post(f"/questions/{KEY}/assign", other=topic)

    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert "<b>" not in answer.text
    assert len(headings(engineer)) == 2


def test_questions_that_are_gone_are_said_to_be_gone(engineer: Browser) -> None:
    answer = engineer.post("/questions/nothing/dismiss")

    assert answer.status_code == 409
    assert "There are no such questions any more." in answer.text


def test_without_questions_the_page_says_why(engineer: Browser) -> None:
    assert "has known everything" in engineer.get("/questions").text


@pytest.mark.usefixtures("asked")
def test_assigned_questions_become_training_examples(engineer: Browser) -> None:
    engineer.post(f"/questions/{KEY}/assign", topic=TOPIC)

    answer = engineer.get("/questions/export")
    data = yaml.safe_load(answer.text)

    assert "attachment" in answer.headers["content-disposition"]
    assert data["nlu"] == [{"intent": TOPIC, "examples": "- do you ship to Canada?\n"}]
    assert "make train" in engineer.get("/questions?status=assigned").text


def test_rasa_reads_the_examples_as_they_were_written() -> None:
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

    texts = ["is [this](product) one?", "a {b} # c: d", "- dash", "  two\nlines", "50/125 µm?"]

    read = RasaYAMLReader().reads(
        training_file({"faq/what_is_mpo": texts, "ask_price": ["how much"]})
    )

    said = [example.get("text") for example in read.training_examples]
    assert said[:3] == ["is this (product) one?", "a b # c: d", "- dash"]
    assert said[3:] == ["two lines", "50/125 µm?", "how much"]
    assert not any(example.get("entities") for example in read.training_examples)


def test_every_topic_of_the_training_data_can_be_assigned(tmp_path: Path) -> None:
    topics = known_topics()

    assert topics["recommend"].file == "data/nlu.yml"
    assert topics[TOPIC].file == "data/faq/basics.yml"
    assert topics[TOPIC].title == "what is mpo"
    assert known_topics(tmp_path) == {}


def test_a_rep_is_told_who_may_decide(at_desk: Desk) -> None:
    answer = at_desk("rep").get("/questions")

    assert answer.status_code == 403
    assert "Only engineers and managers and owners may do that" in answer.text
