"""The components inside Rasa: trained, saved, loaded and asked, through Rasa's own storage."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from rasa.core.actions.action import ActionRetrieveResponse
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.fallback_classifier import (
    is_fallback_classifier_prediction,
    undo_fallback_prediction,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.answer_selector import AnswerSelector
from bot.nlu.entity_extractor import FiberEntityExtractor
from bot.nlu.examples_model import Score
from bot.nlu.fallback import TopicFallback
from bot.nlu.featurizer import SentenceFeaturizer
from bot.nlu.intent_classifier import ClosestExampleClassifier, rank_intents
from bot.nlu.rasa_messages import ANSWERS, IS_EVIDENT

EXAMPLES = {
    "affirm": ["yes", "yep", "sure", "that's right", "correct"],
    "deny": ["no", "nope", "not really", "I don't think so"],
    "greet": ["hi", "hello there", "good morning"],
    "inform": ["400G", "100G, no rework", "it's for a small office", "OM4, 30 m", "10 gig"],
    "ask_price": ["how much is it?", "what does the first one cost", "price of the trunk"],
    "faq/what_is_mpo": ["what is MPO?", "explain MPO connectors", "MPO meaning"],
    "faq/what_is_mtp": ["what is MTP?", "what does MTP stand for", "explain MTP"],
    "faq/clean": ["how do I clean a connector?", "cleaning an end face", "dirt on the ferrule"],
    "smalltalk/bot_challenge": ["are you a bot?", "am I talking to a human?"],
    "smalltalk/joke": ["tell me a joke", "make me laugh"],
}
TEXTS = {
    f"utter_{label}": [{"text": f"The answer to {label}."}] for label in EXAMPLES if "/" in label
}


def example(label: str, text: str) -> Message:
    intent, slash, _ = label.partition("/")
    data = {"text": text, "intent": intent}
    return Message({**data, "intent_response_key": label} if slash else data)


def training_data() -> TrainingData:
    messages = [example(label, text) for label, texts in EXAMPLES.items() for text in texts]
    return TrainingData(training_examples=messages, responses=TEXTS)


class Pipeline:
    """The components one after another, each trained, saved and loaded anew."""

    def __init__(self, storage: LocalModelStorage, encoder_dir: Path, **fallback: Any) -> None:
        self._storage = storage
        featurizer = self.create(SentenceFeaturizer, encoder_dir=str(encoder_dir))
        data = featurizer.process_training_data(training_data())
        self.components = [
            featurizer,
            self.train(ClosestExampleClassifier, data),
            self.create(FiberEntityExtractor),
            self.train(AnswerSelector, data),
            self.create(TopicFallback, **fallback),
        ]

    def arguments(self, kind: type[GraphComponent], options: dict[str, Any]) -> list[Any]:
        context = ExecutionContext(GraphSchema({}), node_name=kind.__name__)
        config = {**kind.get_default_config(), **options}
        return [config, self._storage, Resource(kind.__name__), context]

    def create(self, kind: type[GraphComponent], **options: Any) -> Any:
        return kind.create(*self.arguments(kind, options))

    def train(self, kind: type[GraphComponent], data: TrainingData) -> Any:
        self.create(kind).train(data)
        return kind.load(*self.arguments(kind, {}))

    def parse(self, text: str) -> dict[str, Any]:
        messages = [Message({"text": text})]
        for component in self.components:
            messages = component.process(messages)
        return messages[0].as_dict(only_output_properties=True) | {"text": text}


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> LocalModelStorage:
    return LocalModelStorage.create(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def pipeline(storage: LocalModelStorage, encoder_dir: Path) -> Pipeline:
    return Pipeline(storage, encoder_dir, threshold=0.45, domain_threshold=0.3)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("yes", "affirm"),
        ("Yes!", "affirm"),
        ("no", "deny"),
        ("400G", "inform"),
        ("100 gig", "inform"),
        ("good morning!", "greet"),
        ("how much does the trunk cost?", "ask_price"),
        ("what's an MPO?", "faq"),
        ("how should I clean the ferrule", "faq"),
        ("do you know a joke", "smalltalk"),
    ],
)
def test_a_loaded_model_understands(pipeline: Pipeline, text: str, intent: str) -> None:
    parsed = pipeline.parse(text)

    assert parsed["intent"]["name"] == intent
    assert 0.45 < parsed["intent"]["confidence"] <= 1


def test_the_ranking_starts_with_the_intent_and_falls(pipeline: Pipeline) -> None:
    parsed = pipeline.parse("what is MTP?")

    ranking = parsed["intent_ranking"]
    assert ranking[0] == parsed["intent"]
    assert [entry["confidence"] for entry in ranking] == sorted(
        (entry["confidence"] for entry in ranking), reverse=True
    )
    assert {entry["name"] for entry in ranking} == {label.split("/")[0] for label in EXAMPLES}


def test_a_retrieval_intent_counts_as_its_likeliest_topic_does() -> None:
    scores = [
        Score("faq/mpo", 0.36, 0.5), Score("greet", 0.25, 0.9), Score("faq/mtp", 0.16, 1.0),
    ]  # fmt: skip

    ranking = rank_intents(scores, most=10)

    assert [row["name"] for row in ranking] == ["faq", "greet"]
    assert [row["confidence"] for row in ranking] == pytest.approx([0.3, 0.3])


@pytest.mark.parametrize(
    ("text", "intent", "topic"),
    [
        ("what does MPO mean", "faq", "faq/what_is_mpo"),
        ("what is an MTP?", "faq", "faq/what_is_mtp"),
        ("how can I clean my connectors", "faq", "faq/clean"),
        ("are you human?", "smalltalk", "smalltalk/bot_challenge"),
    ],
)
def test_the_selector_writes_what_rasa_reads(
    pipeline: Pipeline, text: str, intent: str, topic: str
) -> None:
    selected = pipeline.parse(text)["response_selector"]

    assert selected["all_retrieval_intents"] == ["faq", "smalltalk"]
    response = selected[intent]["response"]
    assert response["intent_response_key"] == topic
    assert response["utter_action"] == f"utter_{topic}"
    assert response["responses"] == TEXTS[f"utter_{topic}"]
    assert selected[intent]["ranking"][0] == {
        "confidence": response["confidence"],
        "intent_response_key": topic,
    }


def test_rasas_own_action_speaks_the_selected_answer(pipeline: Pipeline) -> None:
    parsed = pipeline.parse("what is MTP?")
    tracker = DialogueStateTracker.from_events(
        "visitor", [UserUttered(text=parsed["text"], parse_data=parsed)]
    )
    domain = Domain.from_dict({"responses": TEXTS})
    nlg = TemplatedNaturalLanguageGenerator(domain.responses)
    action = ActionRetrieveResponse("utter_faq")

    events = asyncio.run(action.run(CollectingOutputChannel(), nlg, tracker, domain))

    assert events[0].text == "The answer to faq/what_is_mtp."


def test_what_a_message_says_is_added_in_rasas_format(pipeline: Pipeline) -> None:
    entities = pipeline.parse("400GBASE-DR4, 150 ft")["entities"]

    assert {(entity["entity"], entity["value"]) for entity in entities} == {
        ("link", "400GBASE-DR4"),
        ("data_rate", 400),
        ("length_m", 45.72),
    }
    assert {entity["extractor"] for entity in entities} == {"FiberEntityExtractor"}


def test_the_extractor_can_be_limited(pipeline: Pipeline) -> None:
    extractor = pipeline.create(FiberEntityExtractor, only=["fiber"])

    message = extractor.process([Message({"text": "OM4 100G"})])[0]

    assert [entity["entity"] for entity in message.get("entities")] == ["fiber"]


@pytest.mark.parametrize(
    "text", ["who won the football match yesterday", "recipe for apple pie", "qwxzv bnmpl"]
)
def test_a_foreign_message_is_not_understood_but_its_guesses_are_kept(
    pipeline: Pipeline, text: str
) -> None:
    parsed = pipeline.parse(text)

    assert is_fallback_classifier_prediction(parsed)
    assert len(parsed["intent_ranking"]) > 3
    assert undo_fallback_prediction(parsed)["intent"]["name"] != "nlu_fallback"


def test_an_empty_message_is_not_understood(pipeline: Pipeline) -> None:
    parsed = pipeline.parse("   ")

    assert parsed["intent"]["name"] == "nlu_fallback"
    assert parsed["response_selector"] == {"all_retrieval_intents": ["faq", "smalltalk"]}


def understood(message: Message) -> bool:
    options = {
        "threshold": 0.6,
        "ambiguity_threshold": 0.1,
        "domain_threshold": 0.4,
        "same_answer": [["request_quote", "talk_to_person"]],
    }
    fallback = TopicFallback({**TopicFallback.get_default_config(), **options})
    return bool(fallback.process([message])[0].get("intent")["name"] != "nlu_fallback")


def guess(confidence: float, *entities: str) -> Message:
    found = [{"entity": entity, "value": 1} for entity in entities]
    return Message({"intent": {"name": "a", "confidence": confidence}, "entities": found})


@pytest.mark.parametrize(
    ("message", "is_understood"),
    [
        (guess(0.8), True),
        (guess(0.59), False),
        (guess(0.45, "fiber"), True),
        (guess(0.35, "fiber"), False),
        (guess(0.45, "site"), False),
    ],
)
def test_thresholds_decide_and_domain_words_lower_them(
    message: Message, is_understood: bool
) -> None:
    assert understood(message) == is_understood


def test_a_refusal_needs_less_confidence_than_an_answer() -> None:
    refusal = {"name": "out_of_scope", "confidence": 0.45}

    assert understood(Message({"intent": refusal}))
    assert not understood(Message({"intent": {**refusal, "confidence": 0.3}}))


def likely(intent: str, entity: str = "site", **answers: float) -> Message:
    """A message of that intent whose answers (`faq__mpo` for faq/mpo) are as likely as given."""
    scores = [Score(name.replace("__", "/"), share, 1.0) for name, share in answers.items()]
    intent_row = {"name": intent, "confidence": 0.9}
    return Message({"intent": intent_row, "entities": [{"entity": entity}], ANSWERS: scores})


def by_rule(message: Message) -> Message:
    message.set(IS_EVIDENT, True)
    return message


@pytest.mark.parametrize(
    ("message", "is_understood"),
    [
        (likely("a", a=0.6, b=0.3), True),
        (likely("a", a=0.5, b=0.45), False),
        (likely("faq", faq__mpo=0.4, faq__mtp=0.38), False),
        (likely("faq", faq__mpo=0.5, faq__mtp=0.2), True),
        (likely("faq", faq__mpo=0.3, a=0.3), False),
        (likely("request_quote", request_quote=0.5, talk_to_person=0.45), True),
        (likely("request_quote", request_quote=0.3, talk_to_person=0.2, a=0.45), False),
        (by_rule(likely("a", a=0.5, b=0.45)), True),
        (likely("a", a=1.0), True),
        (likely("a", "sku", a=0.5, b=0.45), True),
        (likely("faq", "sku", faq__mpo=0.4, faq__mtp=0.38), False),
    ],
)
def test_two_answers_that_are_nearly_as_likely_are_asked_about(
    message: Message, is_understood: bool
) -> None:
    assert understood(message) == is_understood


def test_nothing_to_learn_from_is_refused(storage: LocalModelStorage, pipeline: Pipeline) -> None:
    with pytest.raises(InvalidConfigException, match="nothing to learn from"):
        pipeline.create(ClosestExampleClassifier).train(TrainingData())


def test_without_retrieval_intents_the_selector_stays_empty(tmp_path: Path) -> None:
    kind = AnswerSelector
    context = ExecutionContext(GraphSchema({}), node_name="selector")
    storage = LocalModelStorage.create(tmp_path)
    arguments = [kind.get_default_config(), storage, Resource("selector"), context]

    kind.create(*arguments).train(TrainingData())
    message = kind.load(*arguments).process([Message({"text": "hi"})])[0]

    assert message.get("response_selector") == {"all_retrieval_intents": []}


def test_a_model_that_was_never_trained_is_not_loaded_silently(
    tmp_path: Path, pipeline: Pipeline
) -> None:
    context = ExecutionContext(GraphSchema({}), node_name="x")
    storage = LocalModelStorage.create(tmp_path)
    config = ClosestExampleClassifier.get_default_config()
    with pytest.raises(ValueError, match="x"):
        ClosestExampleClassifier.load(config, storage, Resource("x"), context)


@pytest.mark.parametrize(
    ("kind", "options", "named"),
    [
        (SentenceFeaturizer, {"scale": 0}, "scale"),
        (ClosestExampleClassifier, {"C": -1}, "C"),
        (ClosestExampleClassifier, {"ranking_length": 0}, "ranking_length"),
        (ClosestExampleClassifier, {"balance": 2}, "balance"),
        (AnswerSelector, {"ranking_length": "all"}, "ranking_length"),
        (TopicFallback, {"threshold": 2}, "threshold"),
        (FiberEntityExtractor, {"only": "fiber"}, "only"),
    ],
)
def test_an_unusable_option_is_named(
    pipeline: Pipeline, kind: type[GraphComponent], options: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidConfigException, match=named):
        pipeline.create(kind, **options)


def test_a_missing_encoder_is_a_clear_refusal(pipeline: Pipeline, tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigException, match="make setup"):
        pipeline.create(SentenceFeaturizer, encoder_dir=str(tmp_path))


def test_a_rebuilt_encoder_changes_the_fingerprint(encoder_dir: Path, tmp_path: Path) -> None:
    here = SentenceFeaturizer.fingerprint_addon({"encoder_dir": str(encoder_dir)})

    assert json.loads(here or "")["version"] >= 1
    assert SentenceFeaturizer.fingerprint_addon({"encoder_dir": str(tmp_path)}) is None
