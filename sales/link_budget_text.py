"""A link budget in words, for Slack and the record, and as a payload that the widget draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sales.link_budget import (
    GENERIC,
    LOW_LOSS,
    METERS_PER_KM,
    MPO,
    STANDARD,
    TIGHT,
    UNKNOWN,
    FiberLoss,
    LinkBudget,
    Part,
    is_angled,
)
from sales.link_budget_drawing import link_budget_svg
from sales.link_budget_fixes import CONNECTIONS, FIBER, GRADE, LENGTH, SPLICES, Fix
from sales.reference.values import fiber_mode

MODES = {"MM": "multimode", "SM": "single-mode"}
TINY = 1e-9  # dB: a sum that should end in 5 ends a little below it in binary
GRADE_WORDS = {GENERIC: "Generic", STANDARD: "Standard-grade", LOW_LOSS: "Low-loss"}


def budget_lines(
    budget: LinkBudget, fixes: Sequence[Fix] = (), sources: Iterable[str] = ()
) -> tuple[str, ...]:
    """The answer, the arithmetic, what was assumed, and what would help; one text per line.

    `sources` are the titles of `budget.sources`.
    """
    titles = list(sources)
    return (
        verdict_text(budget),
        *arithmetic(budget),
        *notes(budget),
        *fix_lines(fixes),
        *([f"Source: {'; '.join(titles)}"] if titles else []),
    )


def verdict_text(budget: LinkBudget) -> str:
    """ "Yes, ...", "No, ..." or that it cannot be said, in one sentence."""
    query, link = budget.query, budget.query.link
    if not budget.is_right_fiber:
        needed, given = MODES[link.fiber_mode], MODES[fiber_mode(query.fiber)]
        return f"No: {link.name} needs {needed} fiber, and {query.fiber} is {given}."
    asked = f"{link.name} over {length_text(query.length_m)} of {query.fiber}"
    if budget.figure and budget.is_within_reach is False:
        reach = length_text(budget.figure.reach_m)
        return f"No: {asked} is beyond its reach of {reach}.{_loss_too(budget)}"
    if budget.figure is None:
        return f"Not known: there is no reach and no loss limit for {asked} in our reference."
    if budget.verdict == UNKNOWN or budget.margin_db is None:
        return (
            f"Not known: {asked} is within reach, but its loss limit is not published."
            " The module's data sheet decides."
        )
    if budget.margin_db < 0:
        return f"No: {asked} loses {db(-budget.margin_db)} dB too much."
    if budget.margin_db == 0:
        return f"Yes, barely: {asked} uses up its loss budget completely."
    if budget.verdict == TIGHT:
        return f"Yes, barely: {asked} fits with {db(budget.margin_db)} dB to spare."
    return f"Yes: {asked} fits with {db(budget.margin_db)} dB to spare."


def _loss_too(budget: LinkBudget) -> str:
    if budget.margin_db is None or budget.margin_db >= 0:
        return ""
    return f" It also loses {db(-budget.margin_db)} dB too much."


def arithmetic(budget: LinkBudget) -> list[str]:
    """Every part, the sum against the limit, the reach, and what is typical."""
    if not budget.is_right_fiber:
        return []
    lines = [part_text(part) for part in budget.parts]
    lines.append(f"Total, worst case: {_sum_text(budget)}; {_limit_told(budget)}")
    if budget.figure:
        asked, reach = length_text(budget.query.length_m), length_text(budget.figure.reach_m)
        lines.append(f"Reach: {asked} of at most {reach}")
    return [*lines, typical_text(budget)]


def _sum_text(budget: LinkBudget) -> str:
    losses = " + ".join(db(part.loss_db) for part in budget.parts)
    total = f"{db(budget.total_db)} dB"
    return f"{losses} = {total}" if len(budget.parts) > 1 else total


def _limit_told(budget: LinkBudget) -> str:
    if budget.limit_db is None:
        return "no limit published"
    return f"limit {limit_text(budget.limit_db)} dB"


def part_text(part: Part) -> str:
    """ "4 MPO pairs, low loss: 4 x 0.35 dB = 1.40 dB"."""
    if part.kind == "fiber":
        meters = length_text(part.amount * METERS_PER_KM)
        return (
            f"Fiber, {part.of}: {meters} x {limit_text(part.each_db)} dB/km = {db(part.loss_db)} dB"
        )
    count = int(part.amount)
    name = counted(count, part.name)
    return f"{name}, {part.of}: {count} x {db(part.each_db)} dB = {db(part.loss_db)} dB"


def fiber_loss_lines(fiber: str, length_m: float, losses: Sequence[FiberLoss]) -> list[str]:
    """ "300 m of OM4 at 850 nm: 300 m x 3.0 dB/km = 0.90 dB"."""
    length = length_text(length_m)
    return [
        f"{length} of {fiber} at {loss.window_nm} nm: {length} x {limit_text(loss.db_per_km)} dB/km"
        f" = {db(loss.loss_db)} dB"
        for loss in losses
    ]


def typical_text(budget: LinkBudget) -> str:
    """What to expect beside the worst case, or which figure for it is missing."""
    if budget.typical_db is not None:
        rounded = round(budget.typical_db + TINY, 2)  # 0.625 is 0.63 here as in the drawings
        return f"Typical: about {rounded:.2f} dB, an expectation and no promise"
    missing = [f"{part.name} ({part.of})" for part in budget.parts if part.typical_db is None]
    return f"Typical: not known, as there is no typical figure for {' and '.join(missing)}"


def notes(budget: LinkBudget) -> list[str]:
    """What was assumed, what limits the answer, and how sure the figures are."""
    query, link, figure = budget.query, budget.query.link, budget.figure
    lines = [f"Assumed: {'; '.join(query.assumptions)}"] if query.assumptions else []
    if budget.verdict == TIGHT:
        keep = limit_text(budget.design_margin_db)
        lines.append(f"Keep {keep} dB for ageing, dirt and repairs; this leaves less.")
    if figure and figure.fiber != query.fiber and budget.is_right_fiber:
        lines.append(_lesser_grade_text(budget))
    if _is_angled_standard(budget):
        lines.append(
            "No source has standard-grade angled multimode pairs; TIA's ceiling for any pair is"
            " taken."
        )
    if link.is_draft:
        lines.append(f"{link.name} is a draft: its figures are provisional.")
    return [*lines, *_sureness(budget)]


def _lesser_grade_text(budget: LinkBudget) -> str:
    query, figure = budget.query, budget.figure
    assert figure is not None  # noqa: S101  # the caller has looked
    own = query.link.on(query.fiber)
    if query.fiber == "OS1":
        return f"The link's limit and reach are those on {figure.fiber}; OS1 itself loses more."
    within = f"{figure.fiber} figure ({length_text(figure.reach_m)}) holds, as {query.fiber} does"
    if own is None:
        return f"There is no figure for {query.fiber}; the {within} all that {figure.fiber} does."
    return (
        f"At this length the {within} all that {figure.fiber} does;"
        f" {limit_text(own.max_loss_db)} dB is the limit over {length_text(own.reach_m)}."
    )


def _is_angled_standard(budget: LinkBudget) -> bool:
    query = budget.query
    is_mpo = query.plug == MPO and query.connections > 0 and query.pair_loss_db is None
    is_standard = query.grade == STANDARD and query.link.fiber_mode == "MM"
    return is_mpo and is_standard and is_angled(query.link) and budget.is_right_fiber


def _sureness(budget: LinkBudget) -> list[str]:
    graded = budget.query.link.field_confidence
    weak = [name for name in ("reach", "loss") if graded.get(name, "confirmed") != "confirmed"]
    if not weak or budget.figure is None:
        return []
    which = "The link's reach and loss are" if len(weak) == 2 else f"The link's {weak[0]} is"
    return [f"{which} not fully confirmed by a source; check the module's data sheet."]


def fix_lines(fixes: Sequence[Fix]) -> list[str]:
    """What would help, numbered, cheapest first; [] for none."""
    if not fixes:
        return []
    told = [f"{number}. {fix_text(fix)}" for number, fix in enumerate(fixes, start=1)]
    return ["What would fix it, cheapest first:", *told]


def fix_text(fix: Fix) -> str:
    """ "Low-loss pairs: 1.56 of 3.0 dB"."""
    budget = fix.budget
    result = f"{db(budget.total_db)} of {limit_text(budget.limit_db)} dB"
    also = " with low-loss pairs" if fix.needs_low_loss else ""
    return f"{_change_text(fix)}{also}: {result}"


def _change_text(fix: Fix) -> str:
    query = fix.budget.query
    if fix.kind == GRADE:
        return f"{GRADE_WORDS[query.grade]} pairs"
    if fix.kind == CONNECTIONS:
        beside = " besides the cassettes" if query.cassettes else ""
        return _at_most(query.connections, "connection") + beside
    if fix.kind == SPLICES:
        return _at_most(query.splices, "splice")
    if fix.kind == LENGTH:
        return f"At most {length_text(query.length_m)}"
    if fix.kind == FIBER:
        return f"{query.fiber} cable"
    cable = f" and {query.fiber} cable" if fix.is_new_cable else ""
    counted_as = f", with {query.plug} pairs in place of yours" if fix.is_new_plug else ""
    return f"{query.link.name} at both ends{cable}, {query.link.connector}{counted_as}"


def _at_most(count: int, name: str) -> str:
    return f"At most {counted(count, name)}" if count else f"No {name} on the way"


def link_budget_payload(budget: LinkBudget, fixes: Sequence[Fix] = ()) -> dict[str, Any] | None:
    """The `LinkBudget` payload of docs/protocol.md; None when there is no limit to draw against."""
    if budget.limit_db is None or not budget.is_right_fiber:
        return None
    query = budget.query
    parts = [
        {"label": _label(part), "loss_db": part.loss_db, "typical_db": part.typical_db}
        for part in budget.parts
        if part.loss_db
    ]
    note = [verdict_text(budget), typical_text(budget), *notes(budget), *fix_lines(fixes)]
    payload = {
        "kind": "link_budget",
        "title": f"{query.link.name}, {length_text(query.length_m)} of {query.fiber}",
        "limit_db": budget.limit_db,
        "total_db": budget.total_db,
        "typical_db": budget.typical_db,
        "passes": budget.passes,
        "beyond_reach": budget.is_within_reach is False,
        "parts": parts,
        "note": "\n".join(note),
    }
    return {**payload, "svg": link_budget_svg(payload)}


def _label(part: Part) -> str:
    if part.kind == "fiber":
        return f"{length_text(part.amount * METERS_PER_KM)} of fiber, {part.of}"
    return f"{counted(int(part.amount), part.name)}, {part.of}"


def counted(count: int, name: str) -> str:
    """ "1 MPO pair", "4 MPO pairs"."""
    return f"{count} {name}{'' if count == 1 else 's'}"


def length_text(meters: float) -> str:
    """ "400 m", from a kilometre on "2 km"."""
    meters = round(meters, 2)
    return f"{meters / METERS_PER_KM:.10g} km" if meters >= METERS_PER_KM else f"{meters:.10g} m"


def db(loss: float) -> str:
    """Two decimals, or three where they say more."""
    text = f"{loss:.2f}"
    return text if abs(float(text) - loss) < 0.0005 else f"{loss:.3f}"


def limit_text(limit: float | None) -> str:
    """A limit as the standards write it: 3.0, 3.26."""
    if limit is None:
        return "an unknown number of"
    return f"{limit:.1f}" if round(limit, 1) == limit else f"{limit:g}"
