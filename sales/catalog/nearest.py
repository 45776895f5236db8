"""The nearest products when nothing fits exactly, and in words what was given up for them.

Never given up: single mode against multimode, the connector and its fiber count, the family, the
polish, the link. Quality only goes up: loss grade, fiber grade, a plenum jacket for a riser one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from sqlalchemy.orm import Session

from sales.catalog.kind_search import KindSearch
from sales.catalog.product import LOSS_GRADES, Product, metres, usd
from sales.catalog.product_search import find_length, find_skus
from sales.catalog.query import ProductQuery
from sales.catalog.store import load_products
from sales.reference.values import fiber_mode

MOST_SEARCHED_TOGETHER = 2  # further constraints are given up all at once, in order
JACKET_STANDS_IN = {"OFNR": "OFNP", "LSZH": "OFNP", "OSP": "IND"}
JACKET_WARNING = {"LSZH": " (low smoke, but not halogen free)"}
NEXT_FIBER = {"OM2": "OM3", "OM3": "OM4", "OM4": "OM5", "OS1": "OS2"}
FIBER_COUNT_FAMILIES = ("TRK", "ENC")
CABLES = "cable"  # the word that stands for every kind of cable; never given up
# A length in feet means the stocked one beside it: "33 ft" is 10 m, "100 ft" is 30 m.
SAME_SHARE, NEAR_SHARE, NEAR_M = 0.02, 0.08, 0.5


@dataclass(frozen=True)
class Relaxation:
    """One constraint that was given up: what was asked, what is offered, and both in a sentence."""

    constraint: str  # a field of ProductQuery
    asked: str
    offered: str
    text: str


class _Lookups(KindSearch):
    """Remembers what one search for the nearest has found, since its attempts overlap."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._skus: dict[ProductQuery, list[str]] = {}
        self._lengths: dict[tuple[ProductQuery, bool], float | None] = {}

    def skus(self, query: ProductQuery, limit: int) -> list[str]:
        if query not in self._skus:
            self._skus[query] = find_skus(self, query, limit)
        return self._skus[query]

    def length(self, query: ProductQuery, *, longer: bool) -> float | None:
        if (query, longer) not in self._lengths:
            self._lengths[query, longer] = find_length(self, query, longer=longer)
        return self._lengths[query, longer]


Step = tuple[ProductQuery, Relaxation]
Relaxer = Callable[[_Lookups, ProductQuery], Step | None]


def nearest_products(
    session: Session, query: ProductQuery, limit: int = 5
) -> tuple[list[Product], tuple[Relaxation, ...]]:
    """Products that fit, or else those that fit with the fewest constraints given up.

    The relaxations say which, in the order they were made; () for an exact fit. ([], ()) when
    nothing comes near.
    """
    skus, made = _nearest(_Lookups(session), query, limit)
    return load_products(session, skus), made


def _nearest(
    kinds: _Lookups, query: ProductQuery, limit: int
) -> tuple[list[str], tuple[Relaxation, ...]]:
    found = kinds.skus(query, limit)
    if found or not _is_possible(kinds, query):
        return found, ()
    for relaxers in _attempts():
        found, made = _try(kinds, query, relaxers, limit)
        if found:
            return found, made
    return [], ()


def in_stocked_length(session: Session, query: ProductQuery) -> ProductQuery:
    """A query in feet with the stocked length that is meant; itself when none is that close."""
    asked = query.length_m
    if asked is None or query.length_ft is None:
        return query
    kinds = _Lookups(session)
    around = (kinds.length(query, longer=True), kinds.length(query, longer=False))
    close = [
        length
        for length in around
        if length
        and abs(length - asked) <= max(SAME_SHARE * asked, min(NEAR_M, NEAR_SHARE * asked))
    ]
    if not close:
        return query
    return replace(query, length_m=min(close, key=lambda length: abs(length - asked)))


def asked_length(query: ProductQuery) -> str:
    """ "17 m", or "45 ft (13.7 m)" as it was asked."""
    length = query.length_m or 0
    if query.length_ft is None:
        return metres(length)
    return f"{query.length_ft:g} ft ({round(length, 1):g} m)"


def _is_possible(kinds: _Lookups, query: ProductQuery) -> bool:
    """Whether anything would fit if all that can be given up were."""
    fixed = ProductQuery(
        family=query.family,
        connector=query.connector,
        application=query.application,
        polish=query.polish,
    )
    if not query.fiber:
        return kinds.exists(fixed)
    mode = fiber_mode(query.fiber)
    grades = (query.fiber, *_better_fibers(query.fiber))
    return kinds.exists(replace(fixed, fiber=mode)) and any(
        kinds.exists(replace(fixed, fiber=grade)) for grade in grades
    )


def _attempts() -> Iterator[tuple[Relaxer, ...]]:
    for size in range(1, MOST_SEARCHED_TOGETHER + 1):
        yield from combinations(RELAXERS, size)
    for size in range(MOST_SEARCHED_TOGETHER + 1, len(RELAXERS) + 1):
        yield RELAXERS[:size]


def _try(
    kinds: _Lookups, query: ProductQuery, relaxers: tuple[Relaxer, ...], limit: int
) -> tuple[list[str], tuple[Relaxation, ...]]:
    """Lengths are settled last, among what the other relaxations allow."""
    made: list[Relaxation] = []
    required = len(relaxers) <= MOST_SEARCHED_TOGETHER
    for relax in sorted(relaxers, key=lambda relaxer: _MEASURED.get(relaxer, 0)):
        step = relax(kinds, query)
        if step is not None:
            query, relaxation = step
            made.append(relaxation)
        elif required:
            return [], ()
    return kinds.skus(query, limit), tuple(made)


def _longer(kinds: _Lookups, query: ProductQuery) -> Step | None:
    if query.length_m is None:
        return None
    found = kinds.length(query, longer=True)
    if found is None:
        return None
    text = f"There is none of {asked_length(query)}; the next longer is {metres(found)}."
    return _length_step(query, found, text)


def _shorter(kinds: _Lookups, query: ProductQuery) -> Step | None:
    if query.length_m is None:
        return None
    found = kinds.length(query, longer=False)
    if found is None:
        return None
    text = f"None that fits reaches {asked_length(query)}; the longest is {metres(found)}."
    return _length_step(query, found, text)


def _length_step(query: ProductQuery, found: float, text: str) -> Step:
    asked = asked_length(query)
    return replace(query, length_m=found, length_ft=None), Relaxation(
        "length_m", asked, metres(found), text
    )


def _stock(_: _Lookups, query: ProductQuery) -> Step | None:
    if not query.in_stock:
        return None
    text = "None is in stock; it would be built to order."
    if query.pieces and query.pieces > 1:
        text = f"None has {query.pieces} in stock; what is missing would be built to order."
    return replace(query, in_stock=False, pieces=None), Relaxation(
        "in_stock", "in stock", "to order", text
    )


def _jacket(_: _Lookups, query: ProductQuery) -> Step | None:
    stand_in = JACKET_STANDS_IN.get(query.jacket or "")
    if not stand_in or not query.jacket:
        return None
    warning = JACKET_WARNING.get(query.jacket, "")
    text = f"There is none with an {query.jacket} jacket; {stand_in} can stand in{warning}."
    return replace(query, jacket=stand_in), Relaxation("jacket", query.jacket, stand_in, text)


def _loss_grade(kinds: _Lookups, query: ProductQuery) -> Step | None:
    if query.loss_grade not in LOSS_GRADES[:2]:
        return None
    better = LOSS_GRADES[LOSS_GRADES.index(query.loss_grade) + 1 : 3]
    for grade in better:
        changed = replace(query, loss_grade=grade)
        if kinds.exists(changed):
            text = f"There is none in {query.loss_grade} grade; {grade} loses less."
            return changed, Relaxation("loss_grade", query.loss_grade, grade, text)
    return None


def _polarity(_: _Lookups, query: ProductQuery) -> Step | None:
    if not query.polarity:
        return None
    asked = f"Type {query.polarity}"
    text = f"There is none in {asked}; check that another polarity fits the channel."
    return replace(query, polarity=None), Relaxation("polarity", asked, "another polarity", text)


def _brand(_: _Lookups, query: ProductQuery) -> Step | None:
    other = {"MTP": "MPO", "MPO": "MTP"}.get(query.brand or "")
    if not other or not query.brand:
        return None
    names = {"MTP": "MTP", "MPO": "generic MPO"}
    text = f"There is none as {names[query.brand]}; {names[other]} mates with it."
    return replace(query, brand=other), Relaxation("brand", names[query.brand], names[other], text)


def _fiber_grade(kinds: _Lookups, query: ProductQuery) -> Step | None:
    for grade in _better_fibers(query.fiber or ""):
        changed = replace(query, fiber=grade)
        if kinds.exists(changed):
            text = f"There is none in {query.fiber}; {grade} does all that {query.fiber} does."
            return changed, Relaxation("fiber", query.fiber or "", grade, text)
    return None


def _better_fibers(grade: str) -> Iterator[str]:
    """Every better grade of the same mode, the next one first."""
    while grade in NEXT_FIBER:
        grade = NEXT_FIBER[grade]
        yield grade


def _fiber_count(kinds: _Lookups, query: ProductQuery) -> Step | None:
    if query.fibers is None or not _is_counted(query):
        return None
    found = kinds.next_fiber_count(query, larger=True)
    if found is None:
        return None
    asked, offered = f"{query.fibers} fibers", f"{found} fibers"
    text = f"There is none with {asked}; the next larger has {offered}."
    return replace(query, fibers=found), Relaxation("fibers", asked, offered, text)


def _is_counted(query: ProductQuery) -> bool:
    is_any_cable = query.family is None and query.words == CABLES
    return query.family in FIBER_COUNT_FAMILIES or is_any_cable


def _fewer_fibers(kinds: _Lookups, query: ProductQuery) -> Step | None:
    if query.fibers is None or query.family is not None or query.words != CABLES:
        return None
    found = kinds.next_fiber_count(query, larger=False)
    if found is None:
        return None
    asked, offered = f"{query.fibers} fibers", f"{found} fibers"
    text = f"There is no such cable with {asked}; the largest that fits has {offered}."
    return replace(query, fibers=found), Relaxation("fibers", asked, offered, text)


def _gender(_: _Lookups, query: ProductQuery) -> Step | None:
    words = {"M": "pinned", "F": "unpinned"}
    if query.gender not in words:
        return None
    other = "F" if query.gender == "M" else "M"
    asked, offered = words[query.gender], words[other]
    text = f"There is none {asked} at end A; the {offered} one mates only with the opposite end."
    return replace(query, gender=other), Relaxation("gender", asked, offered, text)


def _price(_: _Lookups, query: ProductQuery) -> Step | None:
    if query.max_price_cents is None:
        return None
    is_below = query.max_price_cents % 100 == 99  # "under $100" is at most $99.99
    asked = usd(query.max_price_cents + 1) if is_below else usd(query.max_price_cents)
    limit = f"less than {asked}" if is_below else f"{asked} or less"
    text = f"Nothing that fits costs {limit}; this is the cheapest above it."
    changed = replace(query, max_price_cents=None, sort="cheapest")
    return changed, Relaxation("max_price_cents", asked, "above it", text)


def _words(_: _Lookups, query: ProductQuery) -> Step | None:
    if not query.words.strip() or query.words == CABLES:
        return None
    text = f"No product that fits mentions {query.words!r}."
    return replace(query, words=""), Relaxation("words", query.words, "without these words", text)


# These look up what is there, so they go last: the fiber count, then the length of such a cable.
_MEASURED: dict[Relaxer, int] = {_fiber_count: 1, _fewer_fibers: 1, _longer: 2, _shorter: 2}
RELAXERS: tuple[Relaxer, ...] = (
    _longer,
    _stock,
    _jacket,
    _loss_grade,
    _polarity,
    _brand,
    _fiber_grade,
    _fiber_count,
    _price,
    _words,
    _gender,
    _shorter,
    _fewer_fibers,
)
