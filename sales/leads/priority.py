"""How much a lead is worth hurrying for, with reasons a rep can read. No database here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sales.reference.values import rate_text

# House rules
NUMBERS: Mapping[str, tuple[Callable[[float], str], tuple[tuple[int, int, str], ...]]] = {
    # how it is said, and from where on it is worth how many points, with the reason; largest first
    "data_rate": (
        rate_text,
        ((400, 2, ": projects at 400G and up are larger."), (100, 1, ": a data center link.")),
    ),
    "quantity": (
        "{:,g} pieces".format,
        ((100, 2, ": a large order."), (20, 1, ": more than a trial.")),
    ),
    "budget_usd": ("A budget of ${:,.0f}".format, ((25_000, 2, "."), (5_000, 1, "."))),
}
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
    reasons: list[Reason] = []
    for name, (said, steps) in NUMBERS.items():
        value = _number(need.get(name))
        reached = next(((worth, why) for least, worth, why in steps if value >= least), None)
        if reached:
            worth, why = reached
            reasons.append((worth, f"{said(value)}{why}"))
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
