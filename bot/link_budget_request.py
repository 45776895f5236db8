"""Reads "400GBASE-DR4 400 m 4 connections" as a link budget to calculate, and answers it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.nlu.entities import find_entities
from sales.link_budget import (
    SPLICE_KINDS,
    STANDARD,
    LinkBudgetError,
    LinkBudgetQuery,
)
from sales.link_budget_answer import told_budget
from sales.link_budget_figures import link_budget_figures
from sales.link_budget_reading import other_pairs
from sales.link_budget_words import (
    NOUNS,
    count_of,
    counts_connectors,
    grades_named,
    mixed_plugs,
    pair_loss,
    plug_of,
    splice_kind,
)
from sales.reference.names import match_links
from sales.reference.values import Link

EXAMPLE = "400GBASE-DR4 400 m 4 connections"
USUAL_CONNECTIONS = 2
MOST_NAMED = 8
COMMAND = re.compile(r"^\W*(?:link\s+)?budget\b(?:\s+(?:for|of))?[\s:,]*", re.I)


@dataclass(frozen=True)
class LinkBudgetAnswer:
    """What to say: lines of text, and what the widget draws when there is something to draw."""

    lines: tuple[str, ...]
    payload: dict[str, Any] | None = None


def answer_link_budget(session: Session, text: str) -> LinkBudgetAnswer:
    """The budget that the text asks for; one line that says what is missing, when it is."""
    figures = link_budget_figures(session)
    try:
        query = read_link_budget_request(text, figures.links)
        told = told_budget(session, query, figures)
    except LinkBudgetError as error:
        return LinkBudgetAnswer((str(error),))
    return LinkBudgetAnswer(told.lines, told.payload)


def read_link_budget_request(text: str, links: Sequence[Link]) -> LinkBudgetQuery:
    """The link that the text describes; what it leaves open is assumed, and said to be.

    Raises LinkBudgetError with what is missing, what is ambiguous, or what cannot be.
    """
    text = COMMAND.sub("", text)
    found = _entities(text)
    link = _link(found, links)
    counts = {name: count_of(text, name) for name in NOUNS}
    mixed = mixed_plugs(text)
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
        pair_loss_db=pair_loss(text),
        splice_kind=splice_kind(text) or SPLICE_KINDS[0],
        connector="" if mixed else plug_of(text),
        other_pairs=other_pairs(mixed, link),
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
        if counts_connectors(text):
            assumed.append("a connector counted as a mated pair of two")
        return connections
    if counts["cassettes"]:
        assumed.append("no connections besides those of the cassettes")
        return 0
    assumed.append(f"{USUAL_CONNECTIONS} connections")
    return USUAL_CONNECTIONS


def _grade(text: str, found: Found, matters: bool, assumed: list[str]) -> str:
    named = grades_named(text, found.get("loss_grade", []))
    if "ULL" in found.get("loss_grade", []):
        assumed.append("ultra-low-loss pairs counted as low loss, as that is what is promised")
    if len(named) > 1:
        assumed.append("every pair counted in the lossiest grade that was named")
    if named:
        return named[0]
    if matters and pair_loss(text) is None:
        assumed.append("standard-grade pairs")
    return STANDARD


def _listed(names: Iterable[Any]) -> str:
    shown = [str(name) for name in names]
    more = ", ..." if len(shown) > MOST_NAMED else ""
    return ", ".join(shown[:MOST_NAMED]) + more
