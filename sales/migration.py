"""Migration: from today's cabling to a target rate, what stays and what changes.

Every way is a link type of the reference table that reaches far enough on the fiber that lies
there, or, last, on new fiber. Loss is not calculated here: each way says what the link may lose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sales.channel_parts import APC, PAIR_FLIPPED, PC, STRAIGHT
from sales.link_budget import figure_that_holds
from sales.reference.values import Link, LinkFiber, fiber_mode, rate_text

OPTICS, CORDS, CASSETTES, CONVERSION, TRUNK, FIBER = STEPS = (
    "optics", "cords", "cassettes", "conversion", "trunk", "fiber",
)  # fmt: skip
NEW_FIBERS = ("OM4", "OS2")  # what is laid new today
SURENESS = ("published", "msa", "vendor", "draft")
USUAL = re.compile(r"-(?:[SL]R|SR[48]|[DFL]R4|LR4-\d+|DR8?|[FL]R1|BiDi)$")  # widely built
NOT_SOLD = ("MPO-32",)  # standardized, hardly built
DUPLEX, MPO_8, MPO_12, MPO_16, MPO_24 = PLANTS = ("LC", "MPO-8", "MPO-12", "MPO-16", "MPO-24")
FIBERS = {DUPLEX: 2, MPO_8: 8, MPO_12: 12, MPO_16: 16, MPO_24: 24}


class MigrationError(ValueError):
    """The question cannot be answered; the text says what is missing or wrong."""


@dataclass(frozen=True)
class Plant:
    """The cabling that lies there. `connector` is that of the trunks; LC means duplex throughout.

    `polarity` and `polish` are the trunks'; "" means not known. `trunks` is how many are free for
    one link, `has_cassettes` whether they end in LC.
    """

    fiber: str
    length_m: float
    connector: str = MPO_12
    has_cassettes: bool = False
    trunks: int = 1
    polarity: str = ""
    polish: str = ""

    def __post_init__(self) -> None:
        if not fiber_mode(self.fiber):
            raise MigrationError(f"{self.fiber!r} is no fiber grade. Use OM3, OM4, OM5 or OS2.")
        if not 0 < self.length_m <= 200_000 or self.trunks < 1:
            raise MigrationError("Give a length of more than 0 m and at least one trunk.")
        if self.connector not in PLANTS:
            raise MigrationError(f"Trunks are one of {', '.join(PLANTS)}.")

    @property
    def usual_polish(self) -> str:
        return self.polish or (APC if fiber_mode(self.fiber) == "SM" else PC)


@dataclass(frozen=True)
class Way:
    """One link type for the target rate. `steps` are what has to be bought, the least first."""

    link: Link
    fiber: str
    figure: LinkFiber
    steps: tuple[str, ...]
    stays: tuple[str, ...]
    changes: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def reach_m(self) -> float:
        """On this fiber; `figure` may be a lesser grade's, whose loss limit is higher."""
        own = self.link.on(self.fiber)
        return max(self.figure.reach_m, own.reach_m if own else 0.0)

    @property
    def effort(self) -> int:
        """0 for optics alone, 5 for new fiber of another kind."""
        return max(STEPS.index(step) for step in self.steps)


@dataclass(frozen=True)
class Migration:
    """All ways to the rate, the least change first, drafts last.

    `beyond` has the links of the right mode that do not reach on the fiber that lies there.
    """

    plant: Plant
    rate_gbps: int
    ways: tuple[Way, ...]
    beyond: tuple[Link, ...]


def plan_migration(
    plant: Plant, rate_gbps: int, links: Iterable[Link], family: str = "ethernet"
) -> Migration:
    """The ways to a rate, the least change first, surer figures before others.

    Raises MigrationError for a rate without a link type in the reference.
    """
    known = [
        link
        for link in links
        if (link.family, link.rate_gbps) == (family, rate_gbps) and _port(link) not in NOT_SOLD
    ]
    if not known:
        raise MigrationError(f"The reference has no {family} link for {rate_text(rate_gbps)}.")
    own = [way for link in known for way in _on_own_fiber(plant, link)]
    new = [way for link in known for way in _on_new_fiber(plant, link)]
    order = sorted(
        (*own, *new),
        key=lambda way: (
            way.link.is_draft,
            way.effort,
            not USUAL.search(way.link.name),
            SURENESS.index(way.link.status),
            way.link.fibers_used,
            way.reach_m,
        ),
    )
    same_mode = [link for link in known if link.fiber_mode == fiber_mode(plant.fiber)]
    beyond = [link for link in same_mode if _figure(link, plant.fiber, plant.length_m) is None]
    return Migration(plant, rate_gbps, tuple(order), tuple(beyond))


def reach_table(rate_gbps: int, links: Iterable[Link]) -> dict[str, list[tuple[Link, float]]]:
    """For each fiber grade the link types of a rate and their reach, the longest first."""
    table: dict[str, list[tuple[Link, float]]] = {}
    for link in links:
        if link.rate_gbps == rate_gbps:
            for figure in link.fibers:
                table.setdefault(figure.fiber, []).append((link, figure.reach_m))
    return {fiber: sorted(table[fiber], key=lambda each: -each[1]) for fiber in sorted(table)}


def _figure(link: Link, fiber: str, length_m: float) -> LinkFiber | None:
    figure = figure_that_holds(link, fiber, length_m)
    return figure if figure and length_m <= figure.reach_m else None


def _on_own_fiber(plant: Plant, link: Link) -> Iterator[Way]:
    figure = None
    if link.fiber_mode == fiber_mode(plant.fiber):
        figure = _figure(link, plant.fiber, plant.length_m)
    if figure is None:
        return
    changed = list(_parallel(plant, link) if link.is_parallel else _duplex(plant, link))
    if not changed:
        return
    steps = tuple(dict.fromkeys((OPTICS, *(step for step, _ in changed))))
    told = (f"Optics: {link.name} at both ends, {link.connector}.", *(text for _, text in changed))
    yield Way(link, plant.fiber, figure, steps, _stays(plant, steps), told, _notes(plant, link))


def _on_new_fiber(plant: Plant, link: Link) -> Iterator[Way]:
    for fiber in NEW_FIBERS:
        figure = _figure(link, fiber, plant.length_m) if fiber != plant.fiber else None
        if figure is None or fiber_mode(fiber) != link.fiber_mode:
            continue
        is_same_mode = fiber_mode(fiber) == fiber_mode(plant.fiber)
        if is_same_mode and _figure(link, plant.fiber, plant.length_m):
            continue
        step = TRUNK if is_same_mode else FIBER
        plug = "MPO trunks" if link.is_parallel else "LC cabling, or MPO trunks with cassettes"
        told = (
            f"Optics: {link.name} at both ends, {link.connector}.",
            f"Fiber: new {fiber} {plug}, {_polish_text(link)}, with cords and panels.",
        )
        stays = ("Racks, pathways and panels with room left stay.",)
        yield Way(link, fiber, figure, (OPTICS, step), stays, told, _notes(plant, link))


Step = tuple[str, str]  # what has to be bought, and the sentence about it


def _duplex(plant: Plant, link: Link) -> Iterator[Step]:
    pairs = link.fibers_used // 2
    many = f" Each link takes {pairs} duplex pairs." if pairs > 1 else ""
    if plant.connector == DUPLEX or plant.has_cassettes:
        yield OPTICS, f"Cords: the LC duplex cords stay, if their polish is right.{many}"
    else:
        yield CASSETTES, f"Panels: cassettes MPO to LC at both ends, with LC cords.{many}"


def _parallel(plant: Plant, link: Link) -> Iterator[Step]:
    if plant.connector == DUPLEX:
        yield TRUNK, f"Trunks: {link.connector} trunks in {plant.fiber}, as LC pairs carry no MPO."
        return
    if plant.polarity == PAIR_FLIPPED:
        yield TRUNK, "Trunks: Type C carries duplex links only; lay Type B trunks."
        return
    if plant.has_cassettes:
        yield CASSETTES, "Cassettes: out, adapter panels in; the trunks stay."
    needed = _trunks_needed(plant, link)
    if needed > plant.trunks:
        yield TRUNK, f"Trunks: {needed} for each link, {needed - plant.trunks} more than today."
    yield from _cords(plant, link)


def _cords(plant: Plant, link: Link) -> Iterator[Step]:
    wiring = "one Type A and one Type B" if plant.polarity == STRAIGHT else "Type B"
    polish = _polish_text(link)
    if APC in link.polish and plant.usual_polish == PC and " or " not in link.polish:
        polish = "APC at the optic and flat at the panel (made to order)"
    if _needs_conversion(plant, link):
        plug = _port(link)
        yield (
            CONVERSION,
            f"Cords: conversion cables {plug} to {plant.connector}, {polish}, unpinned.",
        )
    else:
        yield CORDS, f"Cords: MPO cords, {wiring}, unpinned at the optic, {polish}."


def _port(link: Link) -> str:
    return link.connector.split(" ", 1)[0]


def _needs_conversion(plant: Plant, link: Link) -> bool:
    """Whether the optic's plug and the trunk's differ in shell; twin MPO-12 ports need none."""
    port = _port(link)
    shells = {MPO_8: MPO_12}
    trunk = shells.get(plant.connector, plant.connector)
    return port != trunk and not (trunk == MPO_12 and "2x MPO-12" in link.connector)


def _trunks_needed(plant: Plant, link: Link) -> int:
    """Four-lane groups of eight fibers: an MPO-12 carries one of them, an MPO-24 up to three."""
    usable = {MPO_8: 8, MPO_12: 8, MPO_16: 16, MPO_24: 24}[plant.connector]
    if link.fibers_used == 20 and plant.connector == MPO_12:
        return 2  # ten lanes each way, one direction on each trunk
    return -(-link.fibers_used // usable)


def _polish_text(link: Link) -> str:
    if " or " in link.polish:
        return "with the polish of the module (flat or APC, see its data sheet)"
    return "APC" if link.is_parallel and APC in link.polish else link.polish.replace("/", " or ")


def _stays(plant: Plant, steps: Sequence[str]) -> tuple[str, ...]:
    stays = []
    if TRUNK not in steps:
        kind = "cabling" if plant.connector == DUPLEX else f"{plant.connector} trunks"
        stays.append(
            f"Fiber: the {plant.fiber} {kind} stay."
            if kind != "cabling"
            else f"Fiber: the {plant.fiber} cabling stays."
        )
    else:
        stays.append("Fiber: trunks that lie there stay in use for today's links.")
    if plant.has_cassettes and CASSETTES not in steps and TRUNK not in steps:
        stays.append("Cassettes: stay.")
    return tuple(stays)


def _notes(plant: Plant, link: Link) -> tuple[str, ...]:
    notes = []
    if link.is_draft:
        notes.append(f"{link.name} is a draft: its figures are provisional.")
    if link.is_parallel and plant.connector == MPO_12 and link.fibers_used == 8:
        notes.append("Four of the twelve fibers stay dark.")
    is_reused = plant.connector != DUPLEX and link.fiber_mode == fiber_mode(plant.fiber)
    if link.is_parallel and not plant.polarity and is_reused:
        notes.append("Check the trunks' polarity: Type B is usual, Type C is of no use here.")
    if {MPO_16, MPO_24} & {plant.connector, _port(link)} and link.is_parallel:
        notes.append("Fiber maps of 16 and 24 fibers are the maker's own: ask for them.")
    if plant.fiber == "OM5" and len(link.wavelengths_nm) == 1 and link.fiber_mode == "MM":
        notes.append("OM5 brings nothing over OM4 with this optic.")
    if any(graded != "confirmed" for graded in (_sureness(link, "reach"), _sureness(link, "loss"))):
        notes.append("Reach or loss is not fully confirmed: the module's data sheet decides.")
    return tuple(notes)


def _sureness(link: Link, name: str) -> str:
    return link.field_confidence.get(name, "confirmed")
