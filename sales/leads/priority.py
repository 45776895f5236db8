"""How much a lead is worth hurrying for, with reasons a rep can read. No database here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

# House rules
LARGE_RATE_GBPS, FAST_RATE_GBPS = 400, 100
LARGE_QUANTITY, NOTABLE_QUANTITY = 100, 20  # pieces
LARGE_BUDGET_USD, NOTABLE_BUDGET_USD = 25_000, 5_000
HIGH_FROM, NORMAL_FROM = 3, 1  # points

URGENT = re.compile(
    r"(?<!not )(?<!no )\b(urgent(ly)?|asap|immediately|right away|rush|this week|tomorrow|outage"
    r"|by (mon|tues|wednes|thurs|fri)day|within (a|one|two|\d) (days?|weeks?))\b",
    re.IGNORECASE,
)
CUSTOM = re.compile(r"\b(custom\w*|bespoke|non-?standard|made to (order|measure))\b", re.IGNORECASE)
QUOTE = re.compile(r"\b(quotes?|quotation|rfq|rfp|purchase order)\b", re.IGNORECASE)

NOTHING_KNOWN = "Little is known about the need yet."
NO_HURRY = "Nothing in the need calls for a hurry."
ASKED_AGAIN = "Asked again after the lead was "
Reason = tuple[int, str]  # points, and a sentence


def score(
    need: Mapping[str, Any], note: str = "", said: Iterable[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """The priority, "low", "normal" or "high", and the reasons, weightiest first.

    `said` are the visitor's own lines. A need with facts but no reason to hurry is low; one that
    is not known is normal, because nobody can tell.
    """
    written = "\n".join((note, *(value for value in need.values() if isinstance(value, str))))
    found = [*_of_numbers(need), *_of_words(written, "\n".join((written, *said)))]
    points = sum(worth for worth, _ in found)
    if not found:
        return ("low", (NO_HURRY,)) if need else ("normal", (NOTHING_KNOWN,))
    priority = "high" if points >= HIGH_FROM else "normal" if points >= NORMAL_FROM else "low"
    return priority, tuple(text for _, text in sorted(found, key=lambda reason: -reason[0]))


def asked_again(outcome: str, owner: str) -> str:
    """The reason for a closed lead whose visitor came back; it names who knows them."""
    before = f"; {owner} looked after it before" if owner else ""
    return f"{ASKED_AGAIN}{outcome}{before}."


def _of_numbers(need: Mapping[str, Any]) -> list[Reason]:
    rate, pieces = _number(need.get("data_rate")), _number(need.get("quantity"))
    budget = _number(need.get("budget_usd"))
    reasons: list[Reason] = []
    if rate >= LARGE_RATE_GBPS:
        reasons.append((2, f"{rate:g}G: projects at {LARGE_RATE_GBPS}G and up are larger."))
    elif rate >= FAST_RATE_GBPS:
        reasons.append((1, f"{rate:g}G: a data center link."))
    if pieces >= LARGE_QUANTITY:
        reasons.append((2, f"{pieces:,g} pieces: a large order."))
    elif pieces >= NOTABLE_QUANTITY:
        reasons.append((1, f"{pieces:,g} pieces: more than a trial."))
    if budget >= LARGE_BUDGET_USD:
        reasons.append((2, f"A budget of ${budget:,.0f}."))
    elif budget >= NOTABLE_BUDGET_USD:
        reasons.append((1, f"A budget of ${budget:,.0f}."))
    return reasons


def _of_words(written: str, everything: str) -> list[Reason]:
    """Hurry counts where it was written down: "tomorrow" in small talk says nothing."""
    hurry = URGENT.search(written)
    reasons: list[Reason] = []
    if hurry:
        reasons.append((3, f'It is urgent: they wrote "{hurry[0].lower()}".'))
    if CUSTOM.search(everything):
        reasons.append((1, "They ask for a custom build, which needs a person."))
    if QUOTE.search(everything):
        reasons.append((1, "They asked for a quote."))
    return reasons


def _number(value: Any) -> float:
    """The value as a number; 0 for what is none."""
    try:
        return 0 if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return 0
