"""From what a visitor says to a plant: what follows from today's optic, and what is assumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sales.link_budget_text import length_text
from sales.migration import DUPLEX, MPO_12, PLANTS, Plant, reach_table
from sales.reference.values import Link, fiber_mode, rate_text

UNSURE = "unsure"
QUESTIONS = (
    "migration_today", "migration_fiber", "migration_length", "migration_target",
)  # fmt: skip
GRADES = ("OM3", "OM4", "OM5", "OS2")
DUPLEX_RATES = (1, 10, 25, 50)  # lone lanes, on LC
MOST_LINKS = 4
MODES = {"MM": "multimode", "SM": "single-mode"}
Known = Mapping[str, Any]


def todays_link(today: Mapping[str, Any], links: Iterable[Link]) -> Link | None:
    """The link type in use, when its full name is known."""
    return next((link for link in links if link.name == today.get("optic")), None)


def next_question(known: Known) -> str | None:
    """The first thing that is missing; None when a plan can be made."""
    return next((slot for slot in QUESTIONS if not known.get(slot)), None)


def completed(known: Known, links: Sequence[Link]) -> dict[str, Any]:
    """The facts, with the fiber of a single-mode optic, which needs no question."""
    link = todays_link(_today(known), links)
    is_single_mode = link is not None and link.fiber_mode == "SM"
    if is_single_mode and not known.get("migration_fiber"):
        return {**known, "migration_fiber": "OS2"}
    return dict(known)


def problem(known: Known, links: Sequence[Link]) -> tuple[str, str, dict[str, str]] | None:
    """What cannot be: the slot to ask again, the kind of trouble, its facts. None if all is well.

    Kinds: "below" (target not above today's rate), "mode" (the fiber does not carry the optic),
    "rate" (a target without a link type in the reference).
    """
    today, target, fiber = (
        _today(known),
        known.get("migration_target"),
        known.get("migration_fiber"),
    )
    link = todays_link(today, links)
    rate = today.get("rate") or (link.rate_gbps if link else None)
    if isinstance(target, int):
        if rate and target <= rate:
            return "migration_target", "below", _words(today=rate_text(rate), target=target)
        if not any((each.family, each.rate_gbps) == ("ethernet", target) for each in links):
            return "migration_target", "rate", _words(target=target)
    if link and fiber and fiber != UNSURE and fiber_mode(fiber) != link.fiber_mode:
        facts = {"optic": link.name, "needed": MODES[link.fiber_mode], "fiber": fiber}
        return "migration_fiber", "mode", facts
    return None


def _words(target: int, **more: str) -> dict[str, str]:
    return {"target": rate_text(target), **more}


def _today(known: Known) -> Mapping[str, Any]:
    today = known.get("migration_today")
    return today if isinstance(today, Mapping) else {}


def plant_of(known: Known, links: Sequence[Link]) -> tuple[Plant, tuple[str, ...]]:
    """The plant, and what was assumed about it in whole sentences. Fiber and length are known."""
    today = _today(known)
    link = todays_link(today, links)
    plug = today.get("connector") or _plug_of(link, today, links)
    told: list[str] = []
    if not plug:
        rate = today.get("rate")
        plug = DUPLEX if rate in DUPLEX_RATES or known["migration_fiber"] == "OS2" else MPO_12
        words = "LC duplex throughout" if plug == DUPLEX else "MPO-12 trunks"
        told.append(f"I took today's cabling for {words}; say so if it is not.")
    if link:
        told += _todays_limit(link, known)
    plant = Plant(
        known["migration_fiber"],
        float(known["migration_length"]),
        plug if plug in PLANTS else MPO_12,
        bool(today.get("has_cassettes")),
        int(today.get("trunks") or 1),
        str(today.get("polarity") or ""),
    )
    return plant, tuple(told)


def _plug_of(link: Link | None, today: Mapping[str, Any], links: Sequence[Link]) -> str:
    """The plug of today's optic; of a bare "SR4" when all that bear the name share one."""
    if link:
        return link.connector.split(" ", 1)[0]
    optic = today.get("optic")
    plugs = {
        each.connector.split(" ", 1)[0]
        for each in links
        if optic and each.name.upper().endswith(f"-{optic}".upper())
    }
    return plugs.pop() if len(plugs) == 1 else ""


def _todays_limit(link: Link, known: Known) -> list[str]:
    """That today's link is longer than its own reach, which a plan should not pass over."""
    figure, length = link.on(known["migration_fiber"]), float(known["migration_length"])
    if not figure or length <= figure.reach_m:
        return []
    return [
        f"Today's {link.name} is specified for {length_text(figure.reach_m)} on {figure.fiber},"
        f" so {length_text(length)} is beyond it already."
    ]


def reach_lines(rate_gbps: int, fiber: str | None, links: Sequence[Link]) -> list[str]:
    """How far a rate goes on each grade, or on one; for visitors who lack fiber or length."""
    table = reach_table(rate_gbps, [link for link in links if link.family == "ethernet"])
    grades = [fiber] if fiber else [grade for grade in GRADES if grade in table]
    return [_grade_line(grade, table.get(grade, [])) for grade in grades]


def _grade_line(grade: str, rows: Sequence[tuple[Link, float]]) -> str:
    if not rows:
        return f"- {grade}: no link in our reference"
    told = ", ".join(
        f"{link.name} up to {length_text(reach)}{' (draft)' if link.is_draft else ''}"
        for link, reach in rows[:MOST_LINKS]
    )
    return f"- {grade}: {told}"
