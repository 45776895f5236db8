"""Rework triage: clean, re-polish, re-terminate or replace, the cheapest first.

The rules are the table in rework_rules.py. Prices, times and warranty terms are for sales to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from sales.rework_rules import (
    CASSETTE,
    CLEAN,
    CLEANING,
    CORD,
    DEFECTS,
    DESTROYED,
    ELSEWHERE,
    GENERAL,
    INSPECT,
    KEEP,
    LC,
    MPO,
    OPTIC,
    POLISHABLE,
    REPLACE,
    REPOLISH,
    RETERMINATE,
    RULES,
    TRUNK,
    Fault,
    Rule,
)

__all__ = ["Fault", "Option", "Triage", "triage", "triage_lines"]

SPLICE_ON = GENERAL
NEEDS_NEW_END = (*POLISHABLE, *DESTROYED, "bent or missing pin", "broken housing")


@dataclass(frozen=True)
class Option:
    """One thing that can be done. `cost` only orders: a larger one costs more."""

    action: str
    text: str
    cost: int
    source: str


@dataclass(frozen=True)
class Triage:
    """What to do, why, all that is possible cheapest first, and whether to send it in."""

    fault: Fault
    rule: Rule
    action: str
    options: tuple[Option, ...]
    send_in: str  # when to send it in, a sentence; "" where that is of no use
    warnings: tuple[str, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        told = (self.rule.source, *(option.source for option in self.options))
        return tuple(dict.fromkeys(name for each in told for name in each.split("; ")))


def triage(fault: Fault) -> Triage:
    """The advice for one fault. Every combination of answers, none included, gets one."""
    rule = next(rule for rule in RULES if rule.applies(fault))
    return Triage(
        fault,
        rule,
        _action(fault, rule),
        _options(fault, rule),
        _send_in(fault, rule),
        _warn(fault),
    )


def _action(fault: Fault, rule: Rule) -> str:
    """The rule's action, but a new cord or cassette costs less than rework."""
    is_rework = rule.action in (REPOLISH, RETERMINATE)
    return REPLACE if is_rework and fault.place != TRUNK else rule.action


def _options(fault: Fault, rule: Rule) -> tuple[Option, ...]:
    found = []
    if rule.action == KEEP:
        found.append(Option(KEEP, "Leave it, and measure the loss.", 0, rule.source))
    if rule.action == ELSEWHERE:
        found.append(Option(ELSEWHERE, "Look at the rest of the channel.", 0, rule.source))
    if fault.damage in ("", "none", "film", "dirt", "scratch outside the core"):
        found.append(Option(INSPECT, "Inspect both faces under a scope.", 1, CLEANING))
    if not fault.was_cleaned and fault.damage in ("", "dirt", "film"):
        text = "Clean both sides: dry, then wet and dry if needed; inspect again."
        found.append(Option(CLEAN, text, 2, CLEANING))
    if rule.action in (REPLACE, REPOLISH, RETERMINATE):
        found += _new_ends(fault)
    return tuple(sorted(found, key=lambda option: option.cost))


def _new_ends(fault: Fault) -> list[Option]:
    found = [_replacement(fault)]
    can_polish = fault.damage in POLISHABLE and (fault.ferrule == LC or fault.is_mtp is not False)
    if can_polish and fault.place in (CORD, TRUNK):
        text = "Send it in to have the end re-polished and measured."
        found.append(Option(REPOLISH, text, 4, f"{DEFECTS}; {GENERAL}"))
    if fault.place == TRUNK and fault.damage in NEEDS_NEW_END:
        found.append(Option(RETERMINATE, _splice_text(fault), 5, SPLICE_ON))
    return found


def _splice_text(fault: Fault) -> str:
    if fault.ferrule == MPO:
        return "Splice on a factory-made MPO end with a ribbon splicer; count the splice."
    return "Splice on a factory-made pigtail; count the splice."


def _replacement(fault: Fault) -> Option:
    texts = {
        CORD: ("Replace the cord.", 3),
        CASSETTE: ("Replace the cassette.", 4),
        OPTIC: ("Replace the transceiver.", 5),
        TRUNK: ("Replace the trunk, or move to its spare fibers.", 6),
    }
    text, cost = texts[fault.place]
    return Option(REPLACE, text, cost, GENERAL)


def _send_in(fault: Fault, rule: Rule) -> str:
    """When it pays to send the part to the supplier."""
    if not rule.sends_in:
        return ""
    if fault.place == OPTIC:
        return "Send the module in if it may still be under warranty; sales knows the terms."
    if fault.place == CORD:
        return (
            "Send it in only if it was costly or made to order, or if several new cords show the"
            " same fault; otherwise a new cord is cheaper."
        )
    return (
        "Send it in when it can be taken out: with photos of the face, the part number and where"
        " it was plugged in. Sales says first whether rework pays."
    )


def _warn(fault: Fault) -> tuple[str, ...]:
    warnings = ["Switch off or unplug the optics first: never look into a live fiber."]
    if fault.damage in (*POLISHABLE, *DESTROYED, "bent or missing pin"):
        warnings.append("Do not mate it again: it damages the next face it meets.")
    if fault.ferrule == MPO and fault.damage in POLISHABLE:
        warnings.append("Do not polish an MPO by hand: all fibers must end at one height.")
    return tuple(warnings)


def triage_lines(result: Triage) -> tuple[str, ...]:
    """The advice, the reason, the options cheapest first, warnings and sources; a text per line."""
    headline = {
        INSPECT: "Inspect it first.",
        CLEAN: "Clean it first.",
        KEEP: "Leave it as it is.",
        REPOLISH: "Have it re-polished.",
        RETERMINATE: "Have it re-terminated.",
        REPLACE: f"Replace the {result.fault.place}.",
        ELSEWHERE: "The cause is probably elsewhere.",
    }[result.action]
    numbered = enumerate(result.options, start=1)
    return (
        f"{headline} {result.rule.why}",
        "Cheapest first:",
        *(f"{number}. {option.text}" for number, option in numbered),
        *([f"Send it in? {result.send_in}"] if result.send_in else []),
        *result.warnings,
        f"Source: {'; '.join(result.sources)}",
    )
