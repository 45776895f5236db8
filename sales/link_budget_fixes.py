"""What would make a failing link work, cheapest first; each proposal is calculated and passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sales.link_budget import (
    FAIL,
    GRADES,
    LOW_LOSS,
    MPO,
    MULTIMODE_GRADES,
    Components,
    LinkBudget,
    LinkBudgetError,
    LinkBudgetQuery,
    link_budget,
)
from sales.reference.values import Link, fiber_mode

# Cheapest first: other cords and cassettes; patching with fewer panels; a cable in one piece;
# moving equipment nearer; a new cable; new transceivers at both ends, and last a new cable too.
KINDS = ("grade", "connections", "splices", "length", "fiber", "optic")
GRADE, CONNECTIONS, SPLICES, LENGTH, FIBER, OPTIC = KINDS
SHORTEST_SHARE = 0.5  # of the length: less is another link, no fix
SINGLE_MODE_CABLE = "OS2"
NOT_BOUGHT = ("OM1", "OM2", "OM3")  # nobody lays these new where a better grade will do
LONG_HAUL_M = 30_000  # ER, ZR: their receivers are overloaded over a short link
SHORT_LINK_M = 10_000
RARELY_SOLD = ("40GBASE-FR", "100GBASE-SR2", "100GBASE-SR10")  # proposed after the usual ones
SURENESS = ("published", "msa", "vendor")  # of a link's figures; drafts are never proposed

Query = LinkBudgetQuery
Changes = Callable[[Query], Iterable[Query]]  # the changed links, cheapest first


@dataclass(frozen=True)
class Fix:
    """One change, or two where low-loss parts are needed as well, and the budget it leads to."""

    kind: str
    budget: LinkBudget  # of the changed link; passes
    needs_low_loss: bool = False  # the change alone is not enough
    is_new_cable: bool = False
    is_new_plug: bool = False  # pairs of the visitor's are counted as those of the other optic


def fixes(budget: LinkBudget, components: Components, links: Sequence[Link]) -> tuple[Fix, ...]:
    """Proposals for a failing budget, cheapest first; () for any other, or when nothing helps.

    Low-loss parts are added to a change only where neither is enough by itself.
    """
    if budget.verdict != FAIL:
        return ()
    query = budget.query
    better = _first(GRADE, query, better_grades(query), components)
    best_grade = [] if better else better_grades(query)[-1:]
    changes: tuple[tuple[str, Changes], ...] = (
        (CONNECTIONS, fewer_connections),
        (SPLICES, fewer_splices),
        (LENGTH, lambda each: shorter(each, components)),
        (FIBER, other_fibers),
        (OPTIC, lambda each: other_optics(each, links)),
        (OPTIC, lambda each: optics_on_new_cable(each, links)),
    )
    found = [better]
    for kind, change in changes:
        alone = _first(kind, query, change(query), components)
        together = [_first(kind, query, change(each), components) for each in best_grade]
        both = next((replace(fix, needs_low_loss=True) for fix in together if fix), None)
        found.append(alone or both)
    return tuple(fix for fix in found if fix)


def _first(
    kind: str, query: Query, candidates: Iterable[Query], components: Components
) -> Fix | None:
    """The first candidate that passes."""
    for candidate in candidates:
        budget = _budget(candidate, components)
        if budget and budget.passes:
            is_new_cable = candidate.fiber != query.fiber
            return Fix(
                kind, budget, is_new_cable=is_new_cable, is_new_plug=_changes_plug(query, candidate)
            )
    return None


def _changes_plug(before: Query, after: Query) -> bool:
    if not after.connections or before.pair_loss_db is not None:
        return False
    return (before.plug, before.other_pairs) != (after.plug, after.other_pairs) and (
        before.link != after.link
    )


def _budget(query: Query, components: Components) -> LinkBudget | None:
    try:
        return link_budget(query, components)
    except LinkBudgetError:  # a figure is missing: what cannot be calculated is not proposed
        return None


def better_grades(query: Query) -> list[Query]:
    """The same link with better pairs, the least step first."""
    if not query.connections + query.cassettes:
        return []
    grades = GRADES[GRADES.index(query.grade) + 1 :]
    if query.pair_loss_db is not None:
        grades = (LOW_LOSS,)
    return [replace(query, grade=grade, pair_loss_db=None) for grade in grades]


def fewer_connections(query: Query) -> Iterator[Query]:
    """With one connection less, two less, and so on."""
    return (_with_connections(query, left) for left in reversed(range(query.connections)))


def _with_connections(query: Query, left: int) -> Query:
    """LC pairs are taken out before the lossier MPO pairs, so that the proposal always holds."""
    others = query.other_pairs
    if query.plug == MPO:
        others -= min(others, query.connections - left)
    return replace(query, connections=left, other_pairs=min(others, left))


def fewer_splices(query: Query) -> Iterator[Query]:
    """With one splice less, two less, and so on."""
    return (replace(query, splices=left) for left in reversed(range(query.splices)))


def shorter(query: Query, components: Components) -> list[Query]:
    """The longest length in whole metres that passes; [] when it is not much of the length."""
    too_short, too_long = int(query.length_m * SHORTEST_SHARE), int(query.length_m)
    if not _passes_at(query, too_short, components):
        return []
    while too_long - too_short > 1:
        middle = (too_short + too_long) // 2
        if _passes_at(query, middle, components):
            too_short = middle
        else:
            too_long = middle
    return [replace(query, length_m=float(too_short))]


def _passes_at(query: Query, length_m: int, components: Components) -> bool:
    budget = _budget(replace(query, length_m=float(length_m)), components) if length_m else None
    return bool(budget and budget.passes)


def other_fibers(query: Query) -> list[Query]:
    """On a better grade that the link has figures for; on any when the fiber is of no use to it."""
    known = [figure.fiber for figure in query.link.fibers]
    if fiber_mode(query.fiber) != query.link.fiber_mode:
        bought = [fiber for fiber in known if fiber not in NOT_BOUGHT] or known
        return [replace(query, fiber=fiber) for fiber in bought]
    if query.fiber not in MULTIMODE_GRADES:
        return [replace(query, fiber=fiber) for fiber in known if fiber != query.fiber]
    better = MULTIMODE_GRADES[MULTIMODE_GRADES.index(query.fiber) + 1 :]
    return [replace(query, fiber=fiber) for fiber in better if fiber in known]


def other_optics(query: Query, links: Sequence[Link]) -> list[Query]:
    """With another optic that plugs into the same cabling, the shortest reach first."""
    asked = query.link
    if fiber_mode(query.fiber) != asked.fiber_mode:
        fitting = [link for link in links if link.fiber_mode == fiber_mode(query.fiber)]
    else:
        fitting = [link for link in links if _plugs_in(link, asked)]
    return [
        replace(query, link=link, connector="", other_pairs=0)
        for link in _same_rate(query, fitting)
    ]


def _plugs_in(link: Link, asked: Link) -> bool:
    is_same_plug = (link.connector, link.polish) == (asked.connector, asked.polish)
    is_same_mode = link.fiber_mode == asked.fiber_mode
    return is_same_plug and is_same_mode and link.fibers_used <= asked.fibers_used


def optics_on_new_cable(query: Query, links: Sequence[Link]) -> list[Query]:
    """With a single-mode optic and cable, for a multimode link."""
    if "SM" in (query.link.fiber_mode, fiber_mode(query.fiber)):
        return []
    single = [link for link in links if link.fiber_mode == "SM"]
    changed = replace(query, fiber=SINGLE_MODE_CABLE, connector="", other_pairs=0)
    return [replace(changed, link=link) for link in _same_rate(query, single)]


def _same_rate(query: Query, links: Sequence[Link]) -> list[Link]:
    """The usual and surest come first, then the shortest reach: a longer one costs more."""
    asked = query.link
    found = [
        link
        for link in links
        if (link.family, link.rate_gbps) == (asked.family, asked.rate_gbps)
        and link.status in SURENESS
        and link.name != asked.name
        and not (link.is_parallel and query.cassettes)
        and not (_longest_m(link) >= LONG_HAUL_M and query.length_m < SHORT_LINK_M)
    ]
    return sorted(found, key=_rank)


def _rank(link: Link) -> tuple[bool, int, float]:
    return link.name in RARELY_SOLD, SURENESS.index(link.status), _longest_m(link)


def _longest_m(link: Link) -> float:
    return max((figure.reach_m for figure in link.fibers), default=0.0)
