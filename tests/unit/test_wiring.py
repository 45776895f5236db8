"""What holds the files together: a sentence without its response, or a button that nobody
understands, would leave a visitor without an answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from bot.nlg import action_responses
from sales.settings import PROJECT

PAYLOAD = re.compile(r"/(?P<intent>\w+)(?P<entities>\{\{.*\}\})?")
ACTION_CODE = "\n".join(path.read_text() for path in (PROJECT / "actions").glob("*.py"))
DOMAIN = yaml.safe_load((PROJECT / "domain.yml").read_text())


def faq() -> dict[str, tuple[list[str], dict[str, Any]]]:
    """Topic -> (its questions, its response)."""
    found = {}
    for path in sorted((PROJECT / "data" / "faq").glob("*.yml")):
        content = yaml.safe_load(path.read_text())
        questions = {row["intent"].removeprefix("faq/"): row["examples"] for row in content["nlu"]}
        for name, variants in content["responses"].items():
            topic = name.removeprefix("utter_faq/")
            lines = [line.removeprefix("- ").strip() for line in questions[topic].splitlines()]
            found[topic] = (lines, variants[0])
    return found


FAQ = faq()
QUESTIONS = {question for questions, _ in FAQ.values() for question in questions}
EVERY_RESPONSE = {
    **{name: variants[0] for name, variants in action_responses().items()},
    **{name: variants[0] for name, variants in DOMAIN["responses"].items()},
    **{f"utter_faq/{topic}": response for topic, (_, response) in FAQ.items()},
}


def registered_actions() -> set[str]:
    executor = ActionExecutor()
    executor.register_package("actions")
    return {name for name in executor.actions if not name.startswith("test_")}


def test_every_action_of_the_domain_exists_and_the_other_way_round() -> None:
    forms = set(DOMAIN["forms"])

    assert registered_actions() == set(DOMAIN["actions"]) - forms


def test_every_response_an_action_names_exists() -> None:
    named = set(re.findall(r'response="(say_\w+|utter_[\w/]+)"', ACTION_CODE))

    assert named
    assert named <= set(EVERY_RESPONSE)


@pytest.mark.parametrize("form", sorted(DOMAIN["forms"]))
def test_every_question_of_a_form_can_be_asked_asked_again_and_explained(form: str) -> None:
    for slot in DOMAIN["forms"][form]["required_slots"]:
        for name in (f"say_ask_{form}_{slot}", f"say_reask_{form}_{slot}", f"say_why_{slot}"):
            assert name in EVERY_RESPONSE


def test_no_response_of_an_action_is_left_over() -> None:
    built = ("say_ask_", "say_reask_", "say_why_", "say_hand_over_", "say_bad_", "say_lead_")
    elsewhere = "\n".join(
        path.read_text() for folder in ("bot", "sales") for path in (PROJECT / folder).rglob("*.py")
    )
    unused = [
        name
        for name in action_responses()
        if name not in ACTION_CODE + elsewhere and not name.startswith(built)
    ]

    assert unused == []


@pytest.mark.parametrize("name", sorted(EVERY_RESPONSE))
def test_every_button_sends_what_the_assistant_understands(name: str) -> None:
    for button in EVERY_RESPONSE[name].get("buttons", []):
        payload = button["payload"]
        if not payload.startswith("/"):
            assert payload in QUESTIONS, f"{payload!r} is not an example of any topic"
            continue
        parts = PAYLOAD.fullmatch(payload)
        assert parts is not None, payload
        assert parts["intent"] in DOMAIN["intents"]
        entities = json.loads((parts["entities"] or "{{}}")[1:-1])
        assert set(entities) <= {next(iter(entity)) for entity in DOMAIN["entities"]}


@pytest.mark.parametrize("topic", sorted(FAQ))
def test_every_answer_is_short_names_its_source_and_has_a_dozen_questions(topic: str) -> None:
    questions, response = FAQ[topic]
    answer, _, source = response["text"].partition("Source: ")

    assert len(questions) >= 12
    assert len(re.findall(r"[A-Za-z][\w-]*", answer)) <= 90
    assert source.strip()
    assert response["metadata"]["title"]
    if response["metadata"]["confidence"] == "general-knowledge":
        assert "general industry knowledge" in source


def test_no_question_stands_under_two_intents() -> None:
    seen: dict[str, str] = {}
    files = [PROJECT / "data" / "nlu.yml", *(PROJECT / "data" / "faq").glob("*.yml")]
    for path in files:
        for row in yaml.safe_load(path.read_text())["nlu"]:
            for line in row["examples"].splitlines():
                text = re.sub(r"\W+", " ", line.removeprefix("- ").lower()).strip()
                assert seen.setdefault(text, row["intent"]) == row["intent"], line


def test_every_setting_is_explained_in_the_example_file() -> None:
    code = "\n".join(
        path.read_text() for folder in ("sales", "bot") for path in (PROJECT / folder).rglob("*.py")
    )
    read = set(
        re.findall(
            r'env\w*\.(?:get|text|number|choice|secret|words|url|origins|networks)\("([A-Z_]+)"',
            code,
        )
    )
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.M))

    assert read
    assert read <= explained


def test_the_core_knows_nothing_of_rasa_or_http() -> None:
    for path in (PROJECT / "sales").rglob("*.py"):
        imports = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(), re.M)
        assert not {"rasa", "rasa_sdk", "sanic", "actions", "bot"} & set(imports), path


@pytest.mark.parametrize("rules", ["advisor", "advisor_rules", "advisor_products", "contact"])
def test_the_rules_run_without_a_database(rules: str) -> None:
    text = Path(PROJECT / "sales" / f"{rules}.py").read_text()

    assert "sqlalchemy" not in text
