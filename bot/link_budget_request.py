"""Reads "400GBASE-DR4 400 m 4 connections" as a link budget to calculate, and answers it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.nlu.entities import find_entities
from sales.link_budget import (
    GENERIC,
    LC,
    LOW_LOSS,
    MPO,
    SPLICE_KINDS,
    STANDARD,
    LinkBudgetError,
    LinkBudgetQuery,
    link_budget,
)
from sales.link_budget_figures import link_budget_figures
from sales.link_budget_fixes import fixes
from sales.link_budget_text import budget_lines, link_budget_payload
from sales.reference.names import match_links
from sales.reference.store import source_titles
from sales.reference.values import Link

EXAMPLE = "400GBASE-DR4 400 m 4 connections"
USUAL_CONNECTIONS = 2
MOST_NAMED = 8
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NUMBER = rf"(?<![\w.,-])(\d{{1,3}}|a|an|{'|'.join(NUMBERS)})"
DETAIL = (
    r"(?:low|ultra|loss|elite|standard|std|grade|generic|mated|connector|connection|patch|extra|more|"
    r"m(?:po|tp)(?:-?\d{1,2})?|lc|duplex|fusion|mechanical|ribbon|mass|in-?line|intermediate|pro)"
)
NOUNS = {
    "connections": r"connections?|connectors?|pairs?|joints?|matings?|panels?",
    "splices": r"splices?",
    "cassettes": r"cassettes?",
}
PAIR_LOSS = re.compile(
    r"(?:@|\bat|(?<!budget )(?<!limit )\bof|\ba|\beach)\s*(\d*\.?\d+)\s*db\b(?!\s*/)"
    r"|(\d*\.?\d+)\s*db\s*(?:each|per|pairs?)",
    re.I,
)
NOUN_FIRST = re.compile(rf"\b({'|'.join(NOUNS.values())})\s*[:=]\s*(\d{{1,3}})\b", re.I)
COMMAND = re.compile(r"^\W*(?:link\s+)?budget\b(?:\s+(?:for|of))?[\s:,]*", re.I)
GRADE_WORDS = {r"\bgeneric\b": GENERIC, r"\b(standard|std)\b": STANDARD}
GRADES_READ = {"STD": STANDARD, "LL": LOW_LOSS, "ULL": LOW_LOSS}


@dataclass(frozen=True)
class LinkBudgetAnswer:
    """What to say: lines of text, and what the widget draws when there is something to draw."""

    lines: tuple[str, ...]
    payload: dict[str, Any] | None = None


def answer_link_budget(session: Session, text: str) -> LinkBudgetAnswer:
    """The budget that the text asks for; one line that says what is missing, when it is."""
    figures = link_budget_figures(session)
    try:
        budget = link_budget(read_link_budget_request(text, figures.links), figures.components)
    except LinkBudgetError as error:
        return LinkBudgetAnswer((str(error),))
    proposals = fixes(budget, figures.components, figures.links)
    titles = source_titles(session, budget.sources)
    lines = budget_lines(budget, proposals, titles)
    return LinkBudgetAnswer(lines, link_budget_payload(budget, proposals))


def read_link_budget_request(text: str, links: Sequence[Link]) -> LinkBudgetQuery:
    """The link that the text describes; what it leaves open is assumed, and said to be.

    Raises LinkBudgetError with what is missing, what is ambiguous, or what cannot be.
    """
    text = NOUN_FIRST.sub(r"\2 \1,", COMMAND.sub("", text))
    found = _entities(text)
    link = _link(found, links)
    counts = {name: _count(text, nouns) for name, nouns in NOUNS.items()}
    assumed: list[str] = []
    connections = _connections(text, counts, assumed)
    grade = _grade(text, found, bool(connections or counts["cassettes"]), assumed)
    return LinkBudgetQuery(
        link=link,
        fiber=_fiber(found, link, assumed),
        length_m=_length_m(found),
        connections=connections,
        grade=grade,
        splices=counts["splices"] or 0,
        cassettes=counts["cassettes"] or 0,
        pair_loss_db=_pair_loss(text),
        splice_kind=next((kind for kind in SPLICE_KINDS if kind in text.lower()), SPLICE_KINDS[0]),
        connector=_plug(text),
        assumptions=tuple(assumed),
    )


Found = dict[str, list[Any]]


def _entities(text: str) -> Found:
    found: Found = {}
    for entity in find_entities(text):
        values = found.setdefault(entity.name, [])
        if entity.value not in values:
            values.append(entity.value)
    return found


def _link(found: Found, links: Sequence[Link]) -> Link:
    names = found.get("link", [])
    if len(names) > 1:
        raise LinkBudgetError(f"One optic at a time; this names {_listed(names)}.")
    if not names:
        raise LinkBudgetError(f"Name the optic. For example: {EXAMPLE}")
    meant = match_links(names[0], links)
    for rate in found.get("data_rate", []):
        meant = [link for link in meant if link.rate_gbps == rate] or meant
    if len(meant) > 1:
        raise LinkBudgetError(f"Which one: {_listed(link.name for link in meant)}?")
    if not meant:
        raise LinkBudgetError(f"There are no figures for {names[0]} in our reference.")
    return meant[0]


def _fiber(found: Found, link: Link, assumed: list[str]) -> str:
    known = [figure.fiber for figure in link.fibers]
    grades = [fiber for fiber in found.get("fiber", []) if fiber not in ("MM", "SM")]
    if len(grades) > 1:
        raise LinkBudgetError(f"One fiber grade at a time; this names {_listed(grades)}.")
    if grades:
        return str(grades[0])
    if len(known) == 1:
        assumed.append(f"{known[0]}, the fiber of {link.name}")
        return known[0]
    raise LinkBudgetError(f"Which fiber: {_listed(known)}?")


def _length_m(found: Found) -> float:
    lengths = found.get("length_m", [])
    if len(lengths) == 1:
        return float(lengths[0])
    if lengths:
        told = _listed(f"{length:g} m" for length in lengths)
        raise LinkBudgetError(f"One length at a time; this names {told}.")
    raise LinkBudgetError(f"How long is the link, in m, km or ft? For example: {EXAMPLE}")


def _connections(text: str, counts: dict[str, int | None], assumed: list[str]) -> int:
    connections = counts["connections"]
    if connections is not None:
        if re.search(r"\bconnectors\b", text, re.I):
            assumed.append("a connector counted as a mated pair of two")
        return connections
    if counts["cassettes"]:
        assumed.append("no connections besides those of the cassettes")
        return 0
    assumed.append(f"{USUAL_CONNECTIONS} connections")
    return USUAL_CONNECTIONS


def _grade(text: str, found: Found, matters: bool, assumed: list[str]) -> str:
    named = {GRADES_READ[grade] for grade in found.get("loss_grade", [])}
    named |= {grade for word, grade in GRADE_WORDS.items() if re.search(word, text, re.I)}
    if "ULL" in found.get("loss_grade", []):
        assumed.append("ultra-low-loss pairs counted as low loss, as that is what is promised")
    if len(named) > 1:
        assumed.append("every pair counted in the lossiest grade that was named")
    if named:
        return next(grade for grade in (GENERIC, STANDARD, LOW_LOSS) if grade in named)
    if matters and _pair_loss(text) is None:
        assumed.append("standard-grade pairs")
    return STANDARD


def _count(text: str, nouns: str) -> int | None:
    """The sum of what is counted: "2 pairs and 1 pair" is 3; None when nothing is."""
    pattern = rf"{NUMBER}\s*x?\s*(?:{DETAIL}[\s-]+){{0,4}}(?:{nouns})\b"
    counts = [_number(word) for word in re.findall(pattern, text, re.I)]
    return sum(counts) if counts else None


def _number(word: str) -> int:
    word = word.lower()
    if word in NUMBERS:
        return NUMBERS.index(word)
    return int(word) if word.isdigit() else 1


def _pair_loss(text: str) -> float | None:
    found = {float(a or b) for a, b in PAIR_LOSS.findall(text)}
    if len(found) > 1:
        raise LinkBudgetError("One loss for all pairs, please: the highest of those named.")
    return next(iter(found), None)


def _plug(text: str) -> str:
    """What the connections are when the text says so, such as "2 LC pairs"."""
    pattern = rf"{NUMBER}\s*x?\s*((?:{DETAIL}[\s-]+){{1,4}})(?:{NOUNS['connections']})\b"
    for _, details in re.findall(pattern, text, re.I):
        if re.search(r"\blc\b", details, re.I):
            return LC
        if re.search(r"\bm(?:po|tp)", details, re.I):
            return MPO
    return ""


def _listed(names: Iterable[Any]) -> str:
    shown = [str(name) for name in names]
    more = ", ..." if len(shown) > MOST_NAMED else ""
    return ", ".join(shown[:MOST_NAMED]) + more
