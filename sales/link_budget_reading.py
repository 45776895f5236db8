"""What a conversation knows of a link budget, read out of one message after the other.

Nothing is guessed: what is ambiguous, impossible or unknown is a `Problem`, which names the
response that says what to do. What was not said is assumed at the end (`query_of`), and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sales.link_budget import (
    LC,
    LONGEST_M,
    MOST_JOINTS,
    MPO,
    STANDARD,
    LinkBudgetError,
    LinkBudgetQuery,
)
from sales.link_budget_words import (
    CountChange,
    bare_count,
    bare_number,
    count_change,
    count_of,
    counts_connectors,
    grades_named,
    has_bad_length,
    mixed_plugs,
    optic_like,
    pair_loss,
    plug_of,
    splice_kind,
    unread_length,
)
from sales.reference.names import match_links
from sales.reference.values import Link, fiber_mode

Entities = Mapping[str, Sequence[Any]]  # name -> values, in the order they were written

OPTIC, FIBER, LENGTH = QUESTIONS = ("link_optic", "link_fiber", "link_length_m")
USUAL_CONNECTIONS = 2
MOST_LIKELY_PAIRS = 16  # a bare number above it is a length
RATES = (10, 25, 40, 50, 100, 200, 400, 800, 1600)  # "100" answers "which optic?"
MOST_CHOICES = 8
SINGLE_MODE = "OS2"
CAREFUL_FIBER = "OM3"  # taken when the visitor does not know: it does least of what is laid today
SURENESS = ("published", "msa", "vendor", "draft")
JOINTS = ("connections", "splices", "cassettes")


@dataclass(frozen=True)
class Facts:
    """What was said so far; None or "" where nothing was."""

    optic: str = ""  # a link's full name
    named: str = ""  # a name that several links share, such as "SR4"
    rate_gbps: int | None = None  # said without a name, or beside an ambiguous one
    fiber: str = ""
    length_m: float | None = None
    connections: int | None = None
    splices: int | None = None
    cassettes: int | None = None
    grade: str = ""
    pair_loss_db: float | None = None
    splice_kind: str = ""
    connector: str = ""
    mixed: Mapping[str, int] = field(default_factory=dict)  # MPO and LC pairs where both are there
    latest: str = ""  # what was said last of length and joints: "and 8?" goes on about it
    remarks: Mapping[str, str] = field(default_factory=dict)  # fact -> how it was understood
    offered: Sequence[str] = ()  # what to choose from in the open question, when it is known

    def as_slot(self) -> dict[str, Any]:
        """As JSON, for a slot."""
        return {
            name: value for name, value in asdict(self).items() if value not in (None, "", {}, ())
        }

    @classmethod
    def of_slot(cls, value: Mapping[str, Any] | None) -> Facts:
        """The facts of a slot; none of an empty one."""
        return cls(**(value or {}))


@dataclass(frozen=True)
class Problem:
    """Something said that cannot be used: the response that explains it, and its variables."""

    response: str
    slot: str  # which question it leaves open; "" for a joint
    told: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """The facts after a message, and what of it could not be used."""

    facts: Facts
    problem: Problem | None = None


def read(
    text: str, entities: Entities, known: Facts, links: Sequence[Link], asked: str = ""
) -> Reading:
    """`known` with what this message says. `asked` is the question that it answers, "" for none."""
    facts = replace(known, offered=())
    problems: list[Problem | None] = []
    for reader in (_read_optic, _read_fiber, _read_length, _read_joints):
        facts, problem = reader(text, entities, facts, links, asked)
        problems.append(problem)
    facts, mismatch = _without_wrong_fiber(facts, links)
    problems.append(mismatch)
    first = next((problem for problem in problems if problem), None)
    return Reading(replace(facts, offered=first.choices if first else ()), first)


Read = tuple[Facts, Problem | None]


def _read_optic(
    text: str, entities: Entities, known: Facts, links: Sequence[Link], asked: str
) -> Read:
    names = _unique(entities.get("link", ()))
    rates = [int(rate) for rate in _unique(entities.get("data_rate", ())) if rate >= 1]
    if asked == OPTIC and not names and not rates and (number := bare_number(text)) in RATES:
        rates = [int(number or 0)]
    if len(names) > 1:
        choices = [link.name for name in names for link in match_links(name, links)]
        told = {"names": " and ".join(names)}
        return known, Problem("say_reask_link_budget_optics", OPTIC, told, tuple(choices))
    if not names and not rates:
        like = optic_like(text) if asked == OPTIC else ""
        return known, _unknown_optic(like) if like else None
    if not names:
        like = optic_like(text)
        facts = replace(known, optic="", rate_gbps=rates[0])
        facts = _resolved(facts, links)
        return facts, _unknown_optic(like) if like and not facts.optic else None
    if not match_links(names[0], links):
        return known, _unknown_optic(names[0])
    rate = rates[0] if rates else (None if known.optic else known.rate_gbps)
    return _resolved(replace(known, optic="", named=names[0], rate_gbps=rate), links), None


def _unknown_optic(name: str) -> Problem:
    return Problem("say_reask_link_budget_unknown_optic", OPTIC, {"asked": name})


def _resolved(facts: Facts, links: Sequence[Link]) -> Facts:
    """With the optic, when name, rate and fiber leave only one."""
    found = choices_for(facts, links)
    if len(found) != 1 or not facts.named:
        return facts
    return replace(facts, optic=found[0].name, named="", rate_gbps=None)


def choices_for(facts: Facts, links: Sequence[Link]) -> list[Link]:
    """The optics that may be meant, the surest first; [] when neither name nor rate is known."""
    if not facts.named and facts.rate_gbps is None:
        return []
    found = match_links(facts.named, links) if facts.named else list(links)
    narrowed = [link for link in found if facts.rate_gbps in (None, link.rate_gbps)]
    found = narrowed or found
    mode = fiber_mode(facts.fiber)
    found = [link for link in found if not mode or link.fiber_mode == mode] or found
    if facts.named:
        return found
    return sorted(found, key=lambda link: (link.family != "ethernet", SURENESS.index(link.status)))


def _read_fiber(
    text: str, entities: Entities, known: Facts, links: Sequence[Link], asked: str
) -> Read:
    fibers = _unique(entities.get("fiber", ()))
    grades = [fiber for fiber in fibers if fiber not in ("MM", "SM")]
    if len(grades) > 1:
        told = {"names": " and ".join(grades)}
        return known, Problem("say_reask_link_budget_fibers", FIBER, told, tuple(grades))
    if grades:
        facts = replace(known, fiber=grades[0], remarks=_without(known, FIBER))
        return _resolved(facts, links), None
    return (replace(known, fiber=SINGLE_MODE) if "SM" in fibers else known), None


def _read_length(
    text: str, entities: Entities, known: Facts, links: Sequence[Link], asked: str
) -> Read:
    lengths = _unique(entities.get("length_m", ()))
    if has_bad_length(text):
        return known, Problem("say_reask_link_budget_length", LENGTH)
    if len(lengths) > 1:
        told = {"names": " and ".join(f"{length:g} m" for length in lengths)}
        return known, Problem("say_reask_link_budget_lengths", LENGTH, told)
    if not lengths and unread_length(text):
        return known, Problem("say_reask_link_budget_length", LENGTH)
    number = lengths[0] if lengths else None
    remarks = _without(known, LENGTH)
    if number is None and asked == LENGTH and not _names_something(text, entities):
        number = bare_number(text)
        remarks[LENGTH] = f"{number or 0:g} taken as meters"
    if number is None:
        return known, None
    if not 0 < number <= LONGEST_M:
        return known, Problem("say_reask_link_budget_length", LENGTH)
    return replace(known, length_m=float(number), latest=LENGTH, remarks=remarks), None


def _names_something(text: str, entities: Entities) -> bool:
    counted = any(count_of(text, noun) is not None for noun in JOINTS)
    return counted or any(entities.get(name) for name in ("link", "fiber", "data_rate"))


def _read_joints(
    text: str, entities: Entities, known: Facts, links: Sequence[Link], asked: str
) -> Read:
    """Counts, grade and losses. A grade and a promised loss replace each other."""
    facts = _with_counts(text, known, links)
    try:
        loss = pair_loss(text)
    except LinkBudgetError as error:
        return facts, Problem("say_reask_link_budget_refused", "", {"reason": str(error)})
    read_grades = entities.get("loss_grade", ())
    grades = grades_named(text, read_grades)
    if grades:
        facts = _with_grade(facts, grades, read_grades)
    if loss is not None:
        facts = replace(facts, pair_loss_db=loss)
    return replace(facts, splice_kind=splice_kind(text) or facts.splice_kind), None


def _with_counts(text: str, known: Facts, links: Sequence[Link]) -> Facts:
    """With what is counted, or counted more or fewer than before."""
    facts = known
    for noun in JOINTS:
        change = count_change(text, noun) if _is_told(known) else None
        count = count_of(text, noun)
        if change:
            facts = _changed(facts, noun, change, links)
        elif count is not None:
            remarks = _without(facts, noun)
            counted: dict[str, Any] = {noun: count}
            facts = replace(facts, **counted, latest=noun, remarks=remarks)
            if noun == "connections":
                facts = _with_plugs(text, facts)
    return facts


def with_bare_count(text: str, known: Facts) -> Facts:
    """ "And with 8?" changes what was said last of connections, splices, cassettes or length."""
    count = bare_count(text)
    if count is None:
        return known
    if known.latest in JOINTS and count <= MOST_JOINTS:
        noun = known.latest
    elif known.latest == LENGTH and known.connections is not None and count > MOST_LIKELY_PAIRS:
        noun = LENGTH
    else:
        noun = LENGTH if count > MOST_LIKELY_PAIRS else "connections"
    if noun == LENGTH:
        remarks = {**known.remarks, LENGTH: f"{count} taken as meters"}
        return replace(known, length_m=float(count), latest=LENGTH, remarks=remarks)
    remarks = {**known.remarks, noun: f"{count} taken as {noun}"}
    changed: dict[str, Any] = {noun: count}
    if noun == "connections":
        changed["mixed"] = {}
    return replace(known, **changed, latest=noun, remarks=remarks)


def _is_told(facts: Facts) -> bool:
    return bool(facts.optic) and facts.length_m is not None


def _with_plugs(text: str, facts: Facts) -> Facts:
    remarks = _without(facts, "connections")
    if counts_connectors(text) and facts.connections:
        remarks["connections"] = "a connector counted as a mated pair of two"
    mixed = mixed_plugs(text)
    plug = "" if mixed else plug_of(text) or facts.connector
    return replace(facts, connector=plug, mixed=mixed, remarks=remarks)


def _changed(facts: Facts, noun: str, change: CountChange, links: Sequence[Link]) -> Facts:
    usual = USUAL_CONNECTIONS if noun == "connections" and not facts.cassettes else 0
    before = getattr(facts, noun)
    base = usual if before is None or before < 0 else before
    counted: dict[str, Any] = {noun: base + change.by}
    facts = replace(facts, **counted, latest=noun)
    if noun != "connections":
        return facts
    if before is None and usual:
        by = f"{abs(change.by)} {'more' if change.by >= 0 else 'fewer'}"
        remark = f"{by} than the {usual} connections taken before"
        facts = replace(facts, remarks={**facts.remarks, "connections": remark})
    link = link_named(facts.optic, links)
    own = facts.connector or (own_plug(link) if link else MPO)
    plug = change.plug or own
    counts = dict(facts.mixed) or {own: base}
    counts[plug] = counts.get(plug, 0) + change.by
    is_mixed = all(counts.get(name, 0) > 0 for name in (LC, MPO))
    left = next((name for name in (LC, MPO) if counts.get(name, 0) > 0), facts.connector)
    kept = facts.connector if plug == own and not facts.mixed else left
    return replace(facts, mixed=counts if is_mixed else {}, connector="" if is_mixed else kept)


def own_plug(link: Link) -> str:
    """MPO or LC: what the link's transceivers take."""
    return LC if "LC" in link.connector else MPO


def other_pairs(mixed: Mapping[str, int], link: Link) -> int:
    """How many of the counted pairs are not of the link's own kind."""
    return mixed.get(MPO if own_plug(link) == LC else LC, 0)


def _with_grade(facts: Facts, grades: Sequence[str], read_grades: Iterable[Any]) -> Facts:
    remarks = _without(facts, "grade")
    if len(grades) > 1:
        remarks["grade"] = "every pair counted in the lossiest grade that was named"
    elif "ULL" in read_grades:
        remarks["grade"] = "ultra-low-loss pairs counted as low loss, as that is what is promised"
    return replace(facts, grade=grades[0], pair_loss_db=None, remarks=remarks)


def _without(facts: Facts, remark: str) -> dict[str, str]:
    return {name: text for name, text in facts.remarks.items() if name != remark}


def _without_wrong_fiber(facts: Facts, links: Sequence[Link]) -> Read:
    """Says at once that the fiber is of no use to the optic, before the length is asked.

    With the length known the budget itself says so, and proposes what would work.
    """
    link = link_named(facts.optic, links)
    if link is None or not facts.fiber or facts.length_m is not None:
        return facts, None
    if fiber_mode(facts.fiber) == link.fiber_mode:
        return facts, None
    needed = "single-mode" if link.fiber_mode == "SM" else "multimode"
    runs_on = " or ".join(figure.fiber for figure in link.fibers)
    told = {"optic": link.name, "needed": needed, "runs_on": runs_on, "fiber": facts.fiber}
    return replace(facts, fiber=""), Problem("say_reask_link_budget_fiber", FIBER, told)


def link_named(name: str, links: Iterable[Link]) -> Link | None:
    """The link of this full name."""
    return next((link for link in links if link.name == name), None) if name else None


def missing(facts: Facts, links: Sequence[Link]) -> list[str]:
    """The questions to ask, in order; [] when the budget can be calculated."""
    link = link_named(facts.optic, links)
    has_fiber = facts.fiber or (link is not None and len(link.fibers) == 1)
    return [
        *([] if link else [OPTIC]),
        *([FIBER] if link and not has_fiber else []),
        *([LENGTH] if facts.length_m is None else []),
    ]


def careful_fiber(facts: Facts, links: Sequence[Link]) -> Facts:
    """With the grade to take when the visitor does not know which fiber is there."""
    link = link_named(facts.optic, links)
    known = [figure.fiber for figure in link.fibers] if link else []
    if not known:
        return facts
    fiber = CAREFUL_FIBER if CAREFUL_FIBER in known else known[-1]
    remark = f"{fiber}, as the fiber is not known (its grade is printed on the jacket)"
    return replace(facts, fiber=fiber, remarks={**facts.remarks, FIBER: remark})


def query_of(facts: Facts, link: Link) -> LinkBudgetQuery:
    """The budget to calculate, with what is assumed in words. Raises LinkBudgetError."""
    assumed = []
    if not facts.fiber:
        assumed.append(f"{link.fibers[0].fiber}, the fiber of {link.name}")
    if facts.connections is None and facts.cassettes:
        assumed.append("no connections besides those of the cassettes")
    elif facts.connections is None:
        assumed.append(f"{USUAL_CONNECTIONS} connections")
    usual = 0 if facts.cassettes else USUAL_CONNECTIONS
    connections = usual if facts.connections is None else facts.connections
    has_pairs = bool(connections or facts.cassettes)
    if has_pairs and not facts.grade and facts.pair_loss_db is None:
        assumed.append("standard-grade pairs")
    return LinkBudgetQuery(
        link=link,
        fiber=facts.fiber or link.fibers[0].fiber,
        length_m=facts.length_m or 0,
        connections=connections,
        grade=facts.grade or STANDARD,
        splices=facts.splices or 0,
        cassettes=facts.cassettes or 0,
        pair_loss_db=facts.pair_loss_db,
        splice_kind=facts.splice_kind or "fusion",
        connector="" if facts.mixed else facts.connector,
        other_pairs=other_pairs(facts.mixed, link),
        assumptions=(*assumed, *facts.remarks.values()),
    )


def _unique(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
