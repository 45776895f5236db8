"""What every answer keeps to: its figures come from the tables, it says how sure it is, a yes/no
question gets a yes, a no or an honest "I don't know", and its buttons lead to the topic they name.

A figure is a number with a unit (FIGURE below), in digits or in words. It must be a variable of the
reference tables, such as {mtp-elite-mm.max} or {fact.scope-magnification}. Not figures:

- names: 400GBASE-DR4, 400G, IEC 61754-7, TIA-568.3, OM4, MPO-12, Type B, G.657.A1
- counts: 12 fibers, four pairs, two cassettes, 4 x 100G, four times 10G
- positions: 1 to 12
- the 19-inch rack
- the nominal windows, which name a wavelength as OM4 names a fiber: 850, 953, 1300, 1310, 1550 nm
- what stands in double quotes: words that somebody may type
- what an answer calculates, or takes for its example: `metadata.calculated` has it with the
  formula ("0.45 dB": "{OM4.attenuation_design.850} * 150 / 1000"; the last number counts),
  which is calculated again here, and `metadata.example` has what was chosen ("150 m").
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from bot.nlg import action_responses
from sales.reference.facts import read_facts
from sales.reference.files import read_components, read_links
from sales.reference.store import component_figures, link_figures
from sales.settings import PROJECT

NUMBER = r"\d+(?:[.,]\d+)*"
WORDS = "two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|fifty|hundred"
UNITS = r"""
    dBm? (?:/km)? | decibels? | [kcmnpµu]?m | (?:kilo|centi|milli|nano|micro)?met(?:er|re)s?
    | microns? | ft | feet | foot | inch(?:es)? | in\. | miles? | yards?
    | k?N | newtons? | lbf? | lbs | pounds? | kg | psi | bar | k?Pa
    | °\s?[CF]? | degrees? | % | percent | per\scent
    | (?:mating\s)?cycles? | matings? | insertions? | years? | months? | weeks? | days? | hours?
    | minutes? | seconds? | [mnpµu]s
    | [GMT]b/s | [GMT]bps | [GMT]bit/s | GBd | GBaud | [kMGT]Hz(?:[.·]km)?
    | [mµk]?W | mA | k?V | [MG]?Ω
"""
TIMES = r"times(?!\s\d)|[x\u00d7](?!\s?\d)"  # in digits only: "twice", "three times" are words
NAMED_WINDOWS = r"(?:850|953|1300|1310|1550)\snm"
FIGURE = re.compile(
    rf"""
    (?<![\w.]) (?:{NAMED_WINDOWS}|19[\s-]inch) \b
    | (?<![\w.$-]) (?P<figure> (?:
        [-+±\u2212]? {NUMBER} (?:\s?(?:to|by|or|and|/|-|\u2013|x|\u00d7)\s?{NUMBER})*
        [\s-]? (?:{UNITS}|{TIMES}) (?![\w/])
        | \b(?:{WORDS})[\s-] (?!dBm) (?:{UNITS}) (?![\w/])
        | {NUMBER} \s? (?:to|by|-|\u2013) \s? (?=\{{)
        | \$\s?{NUMBER}
    ))
    """,
    re.VERBOSE,
)
QUOTED = re.compile(r'"[^"]*"')
VARIABLE = re.compile(r"\{([^{}\s]+)\}")
CONTACT = re.compile(r"\(\d{3}\) \d{3}-\d{4}|\S+@\S+")
YES_NO = re.compile(
    r"(?:is|are|am|do|does|did|can|could|will|would|should|must|may|might|has|have|was|were)(?:n't)?\b",
    re.IGNORECASE,
)
ANSWERS_YES_NO = re.compile(r"(?:\*\*)?(?:Yes|No|It depends|I don't know|I cannot confirm)\b")
HEDGED = re.compile(r"rule of thumb|typical|usual|general(?:ly)?|as a rule|commonly|about", re.I)
CONFIDENCES = ("sourced", "confirmed", "secondary", "mixed", "general-knowledge")
GENERAL = "general industry knowledge"


@dataclass(frozen=True)
class Topic:
    """One topic of data/faq with its answer."""

    file: str
    questions: list[str]
    response: dict[str, Any]

    @property
    def answer(self) -> str:
        return self.response["text"].partition("Source: ")[0]

    @property
    def source(self) -> str:
        return self.response["text"].partition("Source: ")[2]

    @property
    def metadata(self) -> dict[str, Any]:
        return self.response.get("metadata", {})


def read_topics() -> dict[str, Topic]:
    found = {}
    for path in sorted((PROJECT / "data" / "faq").glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        asked = {row["intent"].removeprefix("faq/"): row["examples"] for row in content["nlu"]}
        for name, variants in content["responses"].items():
            topic = name.removeprefix("utter_faq/")
            lines = [line.removeprefix("- ").strip() for line in asked[topic].splitlines()]
            found[topic] = Topic(path.name, [line for line in lines if line], variants[0])
    return found


def other_texts() -> dict[str, str]:
    """What the assistant says besides the topics, by response."""
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    responses = {**action_responses(), **domain["responses"]}
    return {name: variants[0].get("text", "") for name, variants in responses.items()}


def known_figures() -> dict[str, str]:
    """As `all_figures`, out of the files."""
    figures = {f"fact.{fact.id}": fact.value for fact in read_facts()}
    for part in read_components():
        figures.update(component_figures(part))
    for link in read_links():
        figures.update(link_figures(link))
    return figures


TOPICS = read_topics()
FIGURES = known_figures()
UNSURE = {f"fact.{fact.id}" for fact in read_facts() if fact.confidence == "general-knowledge"}
UNSOURCED = tuple(
    f"{name}."
    for name, confidence in [
        *((part.id, part.confidence) for part in read_components()),
        *((link.name, link.confidence) for link in read_links()),
    ]
    if confidence == "general-knowledge"
)
TOPIC_OF = {question: name for name, topic in TOPICS.items() for question in topic.questions}


def figures_in(text: str) -> list[str]:
    """The figures that a text says outright."""
    bare = CONTACT.sub(" ", QUOTED.sub(" ", text)).replace("*", "")
    return [match["figure"] for match in FIGURE.finditer(bare) if match["figure"]]


def excused(metadata: dict[str, Any]) -> Iterator[str]:
    """The figures that an answer calculates or has chosen for its example."""
    yield from metadata.get("example", ())
    yield from metadata.get("calculated", {})


def calculate(formula: str) -> float:
    """The value of + - * / over numbers and {variables}."""
    with_values = VARIABLE.sub(lambda match: FIGURES[match[1]], formula)
    return _value(ast.parse(with_values, mode="eval").body)


def _value(node: ast.AST) -> float:
    operators = {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
    }
    if isinstance(node, ast.BinOp):
        return float(operators[type(node.op)](_value(node.left), _value(node.right)))
    assert isinstance(node, ast.Constant), ast.dump(node)
    return float(node.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("at most 0.35 dB per pair", ["0.35 dB"]),
        ("**10 times** the diameter", ["10 times"]),
        ("20 to 30 dB, -40 to 70 °C", ["20 to 30 dB", "-40 to 70 °C"]),
        ("6.4 by 2.5 mm", ["6.4 by 2.5 mm"]),
        ("an 8-degree face, 62.5/125 µm, 200x", ["8-degree", "62.5/125 µm", "200x"]),
        ("a 10m cord costs $20", ["10m", "$20"]),
        ("ten years, or two inches", ["ten years", "two inches"]),
        ("50 to 100 Gb/s per lane, 4700 MHz.km, 30%", ["50 to 100 Gb/s", "4700 MHz.km", "30%"]),
        ("400GBASE-DR4, 400G, IEC 61754-7, TIA-568.3, OM4, MPO-12, G.657.A1, Base-8, 1.6T", []),
        ("8 of 12 fibers, four pairs, positions 5 to 8, 4 x 100G, four times 10G, 2x400G", []),
        ("the window at 850 nm, or 1310 nm", []),
        ('say "30 m" or call (408) 796-7735', []),
        ("{mtp-elite-mm.max} dB", []),
        ("20 to {mtp-elite-mm.max} dB", ["20 to "]),
    ],
)  # fmt: skip
def test_what_a_figure_is(text: str, found: list[str]) -> None:
    assert figures_in(text) == found


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_every_figure_of_an_answer_comes_from_the_tables(name: str) -> None:
    topic = TOPICS[name]
    buttons = " ; ".join(button["title"] for button in topic.response.get("buttons", []))
    said = figures_in(f"{topic.answer}\n{topic.metadata.get('title', '')}\n{buttons}")
    allowed = set(excused(topic.metadata))

    assert [figure for figure in said if figure not in allowed] == []


@pytest.mark.parametrize("name", sorted(other_texts()))
def test_every_figure_of_the_other_texts_comes_from_the_tables(name: str) -> None:
    assert figures_in(other_texts()[name]) == []


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_every_figure_that_an_answer_asks_for_exists(name: str) -> None:
    assert set(VARIABLE.findall(TOPICS[name].response["text"])) <= set(FIGURES)


@pytest.mark.parametrize("name", sorted(n for n in TOPICS if "calculated" in TOPICS[n].metadata))
def test_what_an_answer_calculates_is_right(name: str) -> None:
    topic = TOPICS[name]
    for shown, formula in topic.metadata["calculated"].items():
        number = re.findall(NUMBER, shown)[-1]
        decimals = len(number.partition(".")[2])
        assert shown in topic.answer
        assert abs(calculate(formula) - float(number)) < 0.51 * 10**-decimals, formula


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_a_topic_has_examples_a_title_sources_and_a_confidence(name: str) -> None:
    topic = TOPICS[name]

    assert len(set(topic.questions)) >= 12
    assert topic.metadata["title"]
    assert all(str(source).strip() for source in topic.metadata["sources"])
    assert topic.metadata["sources"]
    assert topic.metadata["confidence"] in CONFIDENCES
    assert topic.source.strip()


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_a_yes_no_question_is_answered_with_yes_or_no(name: str) -> None:
    topic = TOPICS[name]
    first = topic.questions[0]
    is_yes_no = bool(YES_NO.match(first)) and " or " not in first
    if topic.metadata.get("yes_no", is_yes_no):
        assert ANSWERS_YES_NO.match(topic.answer), f"{first!r}: {topic.answer[:60]!r}"


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_a_button_leads_to_another_topic(name: str) -> None:
    for button in TOPICS[name].response.get("buttons", []):
        if button["payload"].startswith("/"):
            continue  # an intent: tests/unit/test_wiring.py
        meant = TOPIC_OF.get(button["payload"])
        assert meant is not None, f"{button['payload']!r} is not an example of any topic"
        assert meant != name, f"{button['title']!r} leads back to the same answer"
        named = words(button["title"])
        about = words(" ".join([TOPICS[meant].metadata["title"], *TOPICS[meant].questions]))
        assert named & about, f"{button['title']!r} leads to {meant}"


def words(text: str) -> set[str]:
    """The stems of the words that carry meaning."""
    small = {"a", "an", "the", "is", "are", "do", "i", "to", "of", "for", "what", "how", "my", "me"}
    return {word[:4] for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in small}


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_what_is_general_knowledge_is_said_to_be(name: str) -> None:
    topic = TOPICS[name]
    asked = set(VARIABLE.findall(topic.response["text"]))
    is_general = topic.metadata["confidence"] == "general-knowledge"
    if is_general or "GK" in topic.metadata["sources"] or "gk" in topic.metadata["sources"]:
        assert GENERAL in topic.source
    if asked & UNSURE:
        assert HEDGED.search(topic.answer), f"{asked & UNSURE} is a rule of thumb: say so"
        assert topic.metadata["confidence"] in ("general-knowledge", "mixed")
        assert GENERAL in topic.source
    if any(variable.startswith(UNSOURCED) for variable in asked):
        assert GENERAL in topic.source
