"""The stock assistant is written from our project, with Rasa's own defaults."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks import stock
from bot.nlg import action_responses
from sales.settings import PROJECT

Projects = Mapping[int, tuple[Path, int]]

FIGURES = {"mtp-elite-mm.max": "0.35"}


def test_pipeline_and_policies_are_rasas_defaults_and_our_extractor() -> None:
    config = stock.default_config(stock.Epochs())

    assert [row["name"] for row in config["pipeline"]] == [
        "WhitespaceTokenizer",
        "RegexFeaturizer",
        "LexicalSyntacticFeaturizer",
        "CountVectorsFeaturizer",
        "CountVectorsFeaturizer",
        "DIETClassifier",
        "EntitySynonymMapper",
        "ResponseSelector",
        "FallbackClassifier",
        stock.EXTRACTOR,
    ]
    assert [row["name"] for row in config["policies"]] == [
        "MemoizationPolicy",
        "RulePolicy",
        "UnexpecTEDIntentPolicy",
        "TEDPolicy",
    ]
    assert {
        row["epochs"] for row in config["pipeline"] + config["policies"] if "epochs" in row
    } == {100}


def test_fewer_epochs_are_all_that_the_served_model_differs_in() -> None:
    full, served = (stock.default_config(e) for e in (stock.Epochs(), stock.SERVED.epochs))
    for config in (full, served):
        for row in config["pipeline"] + config["policies"]:
            row.pop("epochs", None)

    assert full == served


def test_figures_are_filled_in_and_what_an_action_says_is_left_open() -> None:
    value = [{"text": "{mtp-elite-mm.max} dB, {sku}", "payload": '/x{{"a": 1}}'}]

    assert stock.with_figures(value, FIGURES) == [
        {"text": "0.35 dB, {sku}", "payload": '/x{{"a": 1}}'}
    ]


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Projects:
    """The stock assistant with all examples (1) and with every tenth (10), and their number."""
    found = {}
    for every in (1, 10):
        folder = tmp_path_factory.mktemp("stock")
        config = stock.default_config(stock.SERVED.epochs)
        found[every] = folder, stock.write_project(folder, config, FIGURES, every)
    return found


def test_the_domain_has_the_responses_of_the_actions_too(projects: Projects) -> None:
    domain = read(projects[1][0] / "domain.yml")

    assert set(action_responses()) < set(domain["responses"])
    assert "utter_greet" in domain["responses"]


def test_a_part_of_the_examples_keeps_every_topic(projects: Projects) -> None:
    everything, few = (topics(projects[every][0]) for every in (1, 10))

    assert everything.keys() == few.keys()
    assert [sum(found.values()) for found in (everything, few)] == [projects[1][1], projects[10][1]]
    assert all(few[name] == -(-count // 10) for name, count in everything.items())


def test_our_own_examples_are_thinned_out_alike(projects: Projects, tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "data", tmp_path / "data")

    assert stock.thin_out(tmp_path, 10) == projects[10][1]
    assert topics(tmp_path) == topics(projects[10][0])


def test_the_model_is_trained_anew_when_anything_of_it_changes() -> None:
    served, full = (stock.default_config(e) for e in (stock.SERVED.epochs, stock.Epochs()))

    assert stock.digest(served, 1) == stock.digest(stock.default_config(stock.SERVED.epochs), 1)
    assert len({stock.digest(served, 1), stock.digest(full, 1), stock.digest(served, 10)}) == 3


def test_the_endpoints_are_sqlite_and_the_action_server(tmp_path: Path) -> None:
    endpoints = read(stock.write_endpoints(tmp_path, 5_055))

    assert endpoints["action_endpoint"]["url"] == "http://127.0.0.1:5055/webhook"
    assert (endpoints["tracker_store"]["type"], endpoints["tracker_store"]["dialect"]) == (
        "SQL",
        "sqlite",
    )


def topics(folder: Path) -> dict[str, int]:
    """Examples by topic."""
    found: dict[str, int] = {}
    for path in (folder / "data").rglob("*.yml"):
        for row in read(path).get("nlu", []):
            found[row["intent"]] = len(row["examples"].splitlines())
    return found


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=stock.LOADER)  # noqa: S506
    return content
