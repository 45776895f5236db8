"""Recommends MTP, MPO or either from what the visitor said, with reasons for and against.

The rules themselves are the table in advisor_rules.py; this file weighs them and words the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sales.advisor_products import ProductHint, suggest_product
from sales.advisor_rules import (
    LOW_LOSS_PAIR_DB,
    MODEST_SITES,
    RULES,
    STANDARD_MTP_MULTIMODE_PAIR_DB,
    STANDARD_PAIR_DB,
    Requirements,
    Rule,
    Verdict,
)

__all__ = ["Assumption", "ProductHint", "Reason", "Recommendation", "Requirements", "recommend"]

LossGrade = Literal["STD", "LL"]
NAMES = {"MTP": "MTP", "MPO": "MPO", "either": "Either MTP or MPO"}

COSTS = {
    "MTP": (
        "MTP costs more than generic MPO. It pays back through signal quality, fewer failures, "
        "less downtime and assemblies that can be used again."
    ),
    "MPO": (
        "Generic MPO costs less to buy. It cannot be re-polished, so plan to replace a worn or "
        "scratched cord."
    ),
    "either": (
        "MTP costs more and pays back through signal quality, fewer failures, less downtime and "
        "reuse; generic MPO costs less to buy."
    ),
}
GENERIC_LOW_LOSS = (
    f"a generic low-loss MPO ({LOW_LOSS_PAIR_DB:.2f} dB at most per pair, with a test report) is "
    f"the cheaper alternative: it can beat a standard MTP (up to "
    f"{STANDARD_MTP_MULTIMODE_PAIR_DB:.2f} dB multimode, {STANDARD_PAIR_DB:.2f} dB single-mode)"
)
SAVE_ON_ORDER = (
    "order the shortest length that fits, and the whole quantity at once for the price breaks"
)
REPLACE_INSTEAD = "if swapping a bad cord is fine after all, you need not pay for rework"


@dataclass(frozen=True)
class Reason:
    """One argument, which side it speaks for, and where it comes from."""

    text: str
    rule: str
    source: str
    speaks_for: Verdict


@dataclass(frozen=True)
class Assumption:
    """What was taken for granted because `answer` (a field of Requirements) was missing."""

    answer: str
    text: str


@dataclass(frozen=True)
class Recommendation:
    """The verdict with everything said for and against it.

    With the verdict "either", `reasons_for` say why both will do, and `reasons_against` are what
    would tip it to one side. The first reason for is the one that decided.
    """

    verdict: Verdict
    text: str  # one sentence; holds the conflict where there is one
    reasons_for: tuple[Reason, ...]
    reasons_against: tuple[Reason, ...]
    assumptions: tuple[Assumption, ...]
    costs: str
    saves: str
    loss_grade: LossGrade
    product_hint: ProductHint


def recommend(needs: Requirements) -> Recommendation:
    """The connector to buy. Every combination of answers, none included, gets a recommendation."""
    rules = [rule for rule in RULES if rule.applies(needs)]
    decider = next(rule for rule in rules if rule.decides)
    verdict = decider.speaks_for
    supporting = [rule for rule in rules if rule.speaks_for == verdict and rule is not decider]
    opposing = [rule for rule in rules if rule.speaks_for not in (verdict, "either")]
    grade = _loss_grade(needs, verdict)
    return Recommendation(
        verdict=verdict,
        text=_sentence(needs, decider, opposing),
        reasons_for=tuple(_reason(rule, needs) for rule in (decider, *supporting)),
        reasons_against=tuple(_reason(rule, needs) for rule in opposing),
        assumptions=_assumptions(needs),
        costs=COSTS[verdict],
        saves=_saves(needs, verdict, grade),
        loss_grade=grade,
        product_hint=suggest_product(needs, None if verdict == "either" else verdict, grade),
    )


def _loss_grade(needs: Requirements, verdict: Verdict) -> LossGrade:
    """Low loss where speed, loss, growth or the site asks for it; never with an MPO verdict."""
    demanding = (
        needs.is_fast
        or needs.loss_sensitive is True
        or needs.future_upgrades is True
        or needs.budget == "performance"
        or needs.site in ("data_center", "backbone")
    )
    return "LL" if demanding and verdict != "MPO" else "STD"


def _sentence(needs: Requirements, decider: Rule, opposing: list[Rule]) -> str:
    """For example: MTP, because 400G leaves little loss to spare, although the budget is tight."""
    said = f"{NAMES[decider.speaks_for]}, because {_filled(decider.clause, needs)}"
    if decider.speaks_for == "either" or not opposing:
        return f"{said}."
    return f"{said}, although {_joined([_filled(rule.clause, needs) for rule in opposing])}."


def _joined(clauses: list[str]) -> str:
    *first, last = clauses
    return f"{', '.join(first)} and {last}" if first else last


def _reason(rule: Rule, needs: Requirements) -> Reason:
    return Reason(_filled(rule.text, needs), rule.id, rule.source, rule.speaks_for)


def _filled(text: str, needs: Requirements) -> str:
    site = MODEST_SITES.get(needs.site or "", "this site")
    return text.format(rate=needs.rate, site=site, Site=site[0].upper() + site[1:])


def _assumptions(needs: Requirements) -> tuple[Assumption, ...]:
    """One for each of the four questions without an answer, in the order they are asked."""
    loss = (
        "that little loss can be spared, as usual from 40G up"
        if needs.is_fast
        else f"that ordinary pairs, up to {STANDARD_PAIR_DB:.2f} dB each, are fine"
    )
    assumed = {
        "data_rate_gbps": "that the data rate decides nothing; from 40G up I would lean to MTP",
        "rework": "that a bad cord is replaced, not reworked",
        "loss_sensitive": loss,
        "budget": "that price and performance weigh the same",
    }
    return tuple(
        Assumption(answer, f"I assumed {text}.")
        for answer, text in assumed.items()
        if getattr(needs, answer) is None
    )


def _saves(needs: Requirements, verdict: Verdict, grade: LossGrade) -> str:
    """Where money can be saved without spoiling the link."""
    ways = [SAVE_ON_ORDER]
    if verdict == "MTP" and needs.rework:
        ways.append(REPLACE_INSTEAD)
    if grade == "LL":
        ways.append(GENERIC_LOW_LOSS)
    return f"To save money: {'; '.join(ways)}."
