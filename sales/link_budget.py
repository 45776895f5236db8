"""Link budget: what fiber, connections and splices take, against what the link may lose.

Counts what lies between the two transceivers; the plugs at the transceivers themselves are not
counted. Every figure comes from the reference tables (sales/link_budget_figures.py); nothing is
calculated with a figure that is not there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sales.reference.values import Component, Link, LinkFiber, fiber_mode

Components = Mapping[str, Component]  # by id

GENERIC, STANDARD, LOW_LOSS = GRADES = ("GEN", "STD", "LL")  # the lossiest first
MPO, LC = "MPO", "LC"
SPLICE_KINDS = ("fusion", "mechanical", "ribbon")
LONGEST_M = 200_000
MOST_JOINTS = 60  # of one kind
MOST_PAIR_DB = 5.0
FIT, TIGHT, FAIL, UNKNOWN = VERDICTS = ("fits", "tight", "fails", "unknown")
MULTIMODE_GRADES = ("OM1", "OM2", "OM3", "OM4", "OM5")  # each does what those before it do
METERS_PER_KM = 1_000
MARGIN = "assume-margin"
PAIRS = {  # (connector, fiber mode, grade) -> the component that has the figures
    (MPO, "MM", GENERIC): "mpo-standard-mm",
    (MPO, "MM", STANDARD): "mtp-standard-mm",
    (MPO, "MM", LOW_LOSS): "mtp-elite-mm",
    (MPO, "SM", GENERIC): "mpo-standard-sm",
    (MPO, "SM", STANDARD): "mtp-standard-sm",
    (MPO, "SM", LOW_LOSS): "mtp-elite-sm",
}
PAIRS |= {
    (LC, mode, grade): "lc-standard" for mode in ("MM", "SM") for grade in (GENERIC, STANDARD)
}
PAIRS |= {(LC, mode, LOW_LOSS): "lc-low-loss" for mode in ("MM", "SM")}
ANGLED_MULTIMODE = {  # no source has a standard grade, so TIA's ceiling for any pair is taken
    GENERIC: "mpo-standard-mm",
    STANDARD: "mpo-standard-mm",
    LOW_LOSS: "mpo-apc-mm",
}


class LinkBudgetError(ValueError):
    """The budget cannot be calculated; the text says what is missing or wrong."""


@dataclass(frozen=True)
class LinkBudgetQuery:
    """A link to be: the optic, the cable and what is plugged and spliced on the way.

    A cassette has two pairs, MPO behind and LC in front. `connector` is MPO or LC, "" means the
    link's own. `pair_loss_db` is a promised loss for `connections`, in the place of the grade's.
    `assumptions` are sentences about what was not said and is supposed.
    """

    link: Link
    fiber: str  # OM3, OM4, OM5, OS2 and older grades
    length_m: float
    connections: int  # mated pairs between the transceivers, those of cassettes apart
    grade: str = STANDARD
    splices: int = 0
    cassettes: int = 0
    pair_loss_db: float | None = None
    splice_kind: str = "fusion"
    connector: str = ""
    other_pairs: int = 0  # so many of `connections` are LC where `plug` is MPO, or the reverse
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.length_m <= LONGEST_M:
            raise LinkBudgetError(f"A length is more than 0 m and at most {LONGEST_M:,} m.")
        if not fiber_mode(self.fiber):
            raise LinkBudgetError(f"{self.fiber!r} is no fiber grade. Use OM3, OM4, OM5 or OS2.")
        for name in ("connections", "splices", "cassettes"):
            if not 0 <= getattr(self, name) <= MOST_JOINTS:
                raise LinkBudgetError(f"Give 0 to {MOST_JOINTS} {name}, a whole number.")
        if not 0 <= self.other_pairs <= self.connections:
            raise LinkBudgetError("More pairs of one kind than there are connections.")
        if self.grade not in GRADES or self.splice_kind not in SPLICE_KINDS:
            known = f"{', '.join(GRADES)}; splices: {', '.join(SPLICE_KINDS)}"
            raise LinkBudgetError(f"Unknown grade of a part. Grades: {known}.")
        if self.pair_loss_db is not None and not 0 < self.pair_loss_db <= MOST_PAIR_DB:
            raise LinkBudgetError(f"A pair loses more than 0 and at most {MOST_PAIR_DB:g} dB.")
        if self.cassettes and self.link.is_parallel:
            raise LinkBudgetError(
                f"{self.link.name} stays MPO from end to end, so MPO to LC cassettes have no place"
                " in it. Count an MPO module as two connections."
            )

    @property
    def plug(self) -> str:
        """MPO or LC: what the connections are."""
        return self.connector or (LC if "LC" in self.link.connector else MPO)

    @property
    def other_plug(self) -> str:
        """What `other_pairs` are."""
        return MPO if self.plug == LC else LC

    @property
    def joints(self) -> int:
        """Mated pairs and splices, those of cassettes with them."""
        return self.connections + 2 * self.cassettes + self.splices


@dataclass(frozen=True)
class Part:
    """One line of the calculation. `amount` is in kilometres for fiber, else a count."""

    kind: str  # fiber, pair or splice
    name: str  # such as "MPO pair"
    of: str  # what it is, such as "standard grade"
    amount: float
    each_db: float
    typical_each_db: float | None
    component: str  # id; "" when the loss was given

    @property
    def loss_db(self) -> float:
        """Rounded up to a thousandth, so that what is shown adds up and is never too little."""
        return math.ceil(round(self.amount * self.each_db * 1_000, 4)) / 1_000

    @property
    def typical_db(self) -> float | None:
        typical = self.typical_each_db
        return None if typical is None else round(self.amount * typical, 3)


@dataclass(frozen=True)
class LinkBudget:
    """The calculation and what follows from it. Losses are worst case unless called typical."""

    query: LinkBudgetQuery
    parts: tuple[Part, ...]
    figure: LinkFiber | None  # the link's reach and limit that hold here; None: no figure
    design_margin_db: float  # to keep for ageing, dirt and repairs
    sources: tuple[str, ...]  # ids of the best ones; `source_titles` has the words

    @property
    def fiber_loss_db(self) -> float:
        return _sum([part.loss_db for part in self.parts if part.kind == "fiber"])

    @property
    def joint_loss_db(self) -> float:
        return _sum([part.loss_db for part in self.parts if part.kind != "fiber"])

    @property
    def total_db(self) -> float:
        return _sum([part.loss_db for part in self.parts])

    @property
    def typical_db(self) -> float | None:
        """What to expect; None when a part has no typical figure."""
        known = [part.typical_db for part in self.parts if part.typical_db is not None]
        return _sum(known) if len(known) == len(self.parts) else None

    @property
    def limit_db(self) -> float | None:
        """None: not published; the module's data sheet decides."""
        return self.figure.max_loss_db if self.figure else None

    @property
    def margin_db(self) -> float | None:
        """What is left of the limit; below 0 it is too much loss."""
        return None if self.limit_db is None else round(self.limit_db - self.total_db, 3)

    @property
    def is_right_fiber(self) -> bool:
        return fiber_mode(self.query.fiber) == self.query.link.fiber_mode

    @property
    def is_within_reach(self) -> bool | None:
        """None: no reach is known on this fiber."""
        return None if self.figure is None else self.query.length_m <= self.figure.reach_m

    @property
    def verdict(self) -> str:
        """fits, tight (less than the design margin is left), fails, or unknown."""
        if not self.is_right_fiber or self.is_within_reach is False:
            return FAIL
        if self.margin_db is None:
            return UNKNOWN
        if self.margin_db < 0:
            return FAIL
        return FIT if self.margin_db >= self.design_margin_db else TIGHT

    @property
    def passes(self) -> bool:
        """Whether reach and loss are within what the link allows."""
        return self.verdict in (FIT, TIGHT)


def link_budget(query: LinkBudgetQuery, components: Components) -> LinkBudget:
    """The budget of one link. Raises LinkBudgetError for a part without a figure."""
    parts = [fiber_part(query, components), *_pair_parts(query, components)]
    if query.splices:
        splice = _needed(components, f"splice-{query.splice_kind}")
        parts.append(_joint("splice", "splice", query.splice_kind, query.splices, splice))
    used = [components[part.component].sources for part in parts if part.component]
    sources = [query.link.sources[:2], *(ids[:1] for ids in used)]
    return LinkBudget(
        query,
        tuple(parts),
        figure_that_holds(query.link, query.fiber, query.length_m),
        _figure(_needed(components, MARGIN), "margin"),
        tuple(dict.fromkeys(source for ids in sources for source in ids)),
    )


def figure_that_holds(link: Link, fiber: str, length_m: float) -> LinkFiber | None:
    """The reach and limit for this fiber at this length; None when the link has none for it.

    A better multimode grade also does what a lesser one does. So within the lesser one's reach
    its limit holds where that is higher: 40GBASE-SR4 may lose 1.5 dB over 150 m of OM4, but
    1.9 dB over 100 m. OS1 only loses more than OS2, so the link's limit is the same on it.
    """
    own = link.on(fiber)
    if own is None and fiber == "OS1":
        return link.on("OS2")
    if fiber not in MULTIMODE_GRADES:
        return own
    lesser = MULTIMODE_GRADES[: MULTIMODE_GRADES.index(fiber)]
    others = [figure for grade in reversed(lesser) if (figure := link.on(grade))]
    known = ([own] if own else []) + others
    within = [figure for figure in known if length_m <= figure.reach_m]
    if not within:
        return known[0] if known else None
    return max(within, key=lambda figure: figure.max_loss_db or 0)


def fiber_part(query: LinkBudgetQuery, components: Components) -> Part:
    """The fiber's loss at the link's wavelength; of several, where the fiber loses most."""
    component = _needed(components, query.fiber)
    mode = fiber_mode(query.fiber)
    windows = {_window(mode, wavelength) for wavelength in query.link.wavelengths_nm}
    losses = {window: _attenuation(component, window) for window in sorted(windows)}
    window = max(losses, key=lambda key: losses[key])
    typical = component.figures.get(f"attenuation_typical.{window}")
    kilometers = query.length_m / METERS_PER_KM
    name = f"{query.fiber} at {window} nm"
    return Part("fiber", "fiber", name, kilometers, losses[window], typical, component.id)


def _window(mode: str, wavelength_nm: float) -> int:
    """The wavelength that cable is specified at. Around 850 nm a longer wave loses less."""
    if mode == "MM":
        return 850 if wavelength_nm < 1_000 else 1_300
    return 1_310 if wavelength_nm < 1_450 else 1_550


def _attenuation(fiber: Component, window: int) -> float:
    """dB/km: what cable is designed with today, else the standard's ceiling."""
    design = fiber.figures.get(f"attenuation_design.{window}")
    return _figure(fiber, f"attenuation_max.{window}") if design is None else design


@dataclass(frozen=True)
class FiberLoss:
    """What a length of fiber loses at one wavelength, worst case."""

    window_nm: int
    db_per_km: float
    loss_db: float


def fiber_loss(
    fiber: str, length_m: float, wavelengths_nm: Sequence[float], components: Components
) -> list[FiberLoss]:
    """The loss of the fiber alone; without wavelengths at both that its mode is used at."""
    component, mode = _needed(components, fiber), fiber_mode(fiber)
    usual = (850, 1_300) if mode == "MM" else (1_310, 1_550)
    windows = sorted({_window(mode, wavelength) for wavelength in wavelengths_nm or usual})
    each = {window: _attenuation(component, window) for window in windows}
    kilometers = length_m / METERS_PER_KM
    return [FiberLoss(w, a, math.ceil(round(kilometers * a * 1_000, 4)) / 1_000)
            for w, a in each.items()]  # fmt: skip


def _pair_parts(query: LinkBudgetQuery, components: Components) -> Sequence[Part]:
    parts = []
    if query.connections and query.pair_loss_db is not None:
        given = query.pair_loss_db
        parts.append(
            Part("pair", f"{query.plug} pair", "as given", query.connections, given, None, "")
        )
    else:
        counts = {query.plug: query.connections - query.other_pairs}
        counts[query.other_plug] = query.other_pairs
        parts += [_pairs(query, plug, n, components, "") for plug, n in counts.items() if n]
    if query.cassettes:
        parts += [
            _pairs(query, plug, query.cassettes, components, "in a cassette, ")
            for plug in (MPO, LC)
        ]
    return parts


GRADE_NAMES = {GENERIC: "generic grade", STANDARD: "standard grade", LOW_LOSS: "low loss"}


def _pairs(
    query: LinkBudgetQuery, plug: str, count: int, components: Components, where: str
) -> Part:
    component = _needed(components, pair_component(query.link, query.fiber, plug, query.grade))
    grade = STANDARD if plug == LC and query.grade == GENERIC else query.grade  # one kind of LC
    return _joint("pair", f"{plug} pair", where + GRADE_NAMES[grade], count, component)


def pair_component(link: Link, fiber: str, plug: str, grade: str) -> str:
    """The id of the component that has the figures of a mated pair."""
    mode = fiber_mode(fiber)
    if plug == MPO and mode == "MM" and is_angled(link):
        return ANGLED_MULTIMODE[grade]
    return PAIRS[plug, mode, grade]


def is_angled(link: Link) -> bool:
    """Whether the link's MPO faces are, or may be, angled (APC)."""
    return "APC" in link.polish


def _joint(kind: str, name: str, of: str, count: int, component: Component) -> Part:
    each = _figure(component, "max")
    return Part(kind, name, of, count, each, component.typical, component.id)


def _needed(components: Components, component_id: str) -> Component:
    if component_id not in components:
        raise LinkBudgetError(f"The reference has no figures for {component_id}.")
    return components[component_id]


def _figure(component: Component, name: str) -> float:
    value = component.figures.get(name)
    if value is None:
        raise LinkBudgetError(f"The reference has no figure {name} for {component.title}.")
    return value


def _sum(losses: Sequence[float]) -> float:
    return round(sum(losses), 3)
