"""Which kinds of product fit a query, a page at a time and best first.

A catalog of 100,000 products has about ten thousand kinds of them: the same cable in many lengths.
Kinds are read in the order in which their products would be shown, and no further than needed.

SQLite is told which index to use: it does not reckon with LIMIT, and a connection that was open
before a large import knows nothing of how many products there are now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from sales.catalog.asked import ESCAPE, one_of, shape_of, value, values
from sales.catalog.query import ProductQuery
from sales.catalog.tables import (
    BY_FAMILY,
    BY_FIBERS,
    BY_NUMBER,
    BY_RANK,
    PRICE_ON_REQUEST,
    among,
    kind_links,
    kind_words,
    listed,
    product_kinds,
    products,
    word_grams,
)
from sales.catalog.words import grams, searched_words

MOST_STATEMENTS = 512  # of one kind, kept
LONGER, SHORTER = "longer", "shorter"
RARE = 500  # kinds that hold a word: up to so many, the search begins with them
SAMPLE = 32  # kinds
FIRST_PAGE, LARGEST_PAGE, GROWTH = 48, 768, 4  # kinds


@dataclass(frozen=True)
class Kind:
    """What a set of products has in common, and what they cost, hold and reach at most."""

    id: str
    rank: int
    min_price_cents: int
    shortest_m: float | None
    longest_m: float | None
    max_stock: int


class KindSearch:
    """Looks kinds up in one session. What was found is kept: nothing may be written meanwhile."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.is_sqlite = session.get_bind().dialect.name == "sqlite"
        self._first_pages: dict[ProductQuery, list[Kind]] = {}
        self._known: dict[ProductQuery, bool] = {}
        self._holding: dict[str, list[int] | None] = {}

    def pages(self, query: ProductQuery) -> Iterator[list[Kind]]:
        """The kinds that fit, in the order of the query's sort; each page is larger."""
        known = self._known_in_stock(query)
        if known:
            yield known
        size, start = FIRST_PAGE, len(known)
        page = self._page(query, start, size) if known else self._first_page(query)
        while page:
            yield page
            if len(page) < size:
                return
            start += size
            size = min(size * GROWTH, LARGEST_PAGE)
            page = self._page(query, start, size)

    def all_if_few(self, query: ProductQuery) -> list[Kind] | None:
        """All kinds that fit when they fill no page, else None."""
        first = self._first_page(query)
        return first if len(first) < FIRST_PAGE else None

    def exists(self, query: ProductQuery) -> bool:
        """Whether any kind fits, but for length, price and stock."""
        key = of_kind(query)
        if key not in self._known:
            self._known[key] = bool(self._any(key, 1))
        return self._known[key]

    def reaching(self, query: ProductQuery, length_m: float, *, longer: bool) -> list[str] | None:
        """The kinds that have a longer (or shorter) product, None when they fill a page."""
        found = self._any(query, FIRST_PAGE, LONGER if longer else SHORTER, length_m)
        return found if len(found) < FIRST_PAGE else None

    def next_fiber_count(self, query: ProductQuery, *, larger: bool) -> int | None:
        """The next larger (or smaller) fiber count among the kinds that else fit, or None."""
        free, asked = replace(of_kind(query), fibers=None), query.fibers or 0
        select = _fiber_count_statement(self.shape(free), larger)
        found: int | None = self.session.execute(select, self.values(free, asked=asked)).scalar()
        return found

    def shape(self, query: ProductQuery) -> Shape:
        """Which statements are for this query."""
        return Shape(shape_of(query), self.is_sqlite, self._numbers_with(query.words) is not None)

    def values(self, query: ProductQuery, **more: Any) -> dict[str, Any]:
        """What to put into them."""
        numbers = self._numbers_with(query.words)
        if numbers is not None:
            more["numbers"] = listed(self.is_sqlite, numbers)
        return values(query) | more

    def _first_page(self, query: ProductQuery) -> list[Kind]:
        key = replace(query, length_ft=None)
        if key not in self._first_pages:
            self._first_pages[key] = self._page(key, 0, FIRST_PAGE)
        return self._first_pages[key]

    def _known_in_stock(self, query: ProductQuery) -> list[Kind]:
        """The first kinds that fit and are in stock, out of a page that was read for all."""
        page = self._first_pages.get(replace(query, length_ft=None, in_stock=False), [])
        is_any_number = query.in_stock and query.pieces is None
        return [kind for kind in page if kind.max_stock] if is_any_number else []

    def _page(self, query: ProductQuery, start: int, size: int) -> list[Kind]:
        asked = self.values(query, most=size, start=start)
        rows = self.session.execute(_page_statement(self.shape(query)), asked)
        return [Kind(*row) for row in rows]

    def _any(
        self, query: ProductQuery, most: int, beyond: str = "", length_m: float | None = None
    ) -> list[str]:
        """Up to so many kinds that fit, in no order; `beyond`: that reach beyond the length."""
        asked = self.values(query, most=most, beyond_m=length_m)
        return list(
            self.session.execute(_any_statement(self.shape(query), beyond), asked).scalars()
        )

    def _numbers_with(self, words: str) -> list[int] | None:
        """The kinds that hold all of the words, by full-text search; None when they are many.

        Many are soon met on the way through the kinds; few are better begun with.
        """
        if not grams(words):
            return None
        if words not in self._holding:
            self._holding[words] = None if self._is_everywhere(words) else self._look_up(words)
        return self._holding[words]

    def _look_up(self, words: str) -> list[int] | None:
        select = _holding_in_sqlite if self.is_sqlite else _holding_in_postgresql
        found = self.session.execute(select(words).limit(RARE + 1)).scalars().all()
        return found if len(found) <= RARE else None

    def _is_everywhere(self, words: str) -> bool:
        """Whether most kinds hold the words, judged by some: PostgreSQL would not use its index
        for them, but take the words of hundreds of kinds apart.
        """
        if self.is_sqlite:
            return False
        asked = values(ProductQuery(words=words)) | {"most": SAMPLE}
        holding = self.session.execute(_sample_statement(len(searched_words(words))), asked)
        return sum(holding.scalars()) > SAMPLE // 2


@dataclass(frozen=True)
class Shape:
    """Queries of one shape share their statements."""

    query: ProductQuery  # as `shape_of` makes it
    is_sqlite: bool
    has_numbers: bool  # of the few kinds that hold its words

    def conditions(self) -> list[Any]:
        """What a row of `product_kinds` must fulfil; length, price and stock are only narrowed."""
        return [*self.fitting(), *_narrowing(self.query)]

    def fitting(self) -> list[Any]:
        """Those but for length, price and stock."""
        c = product_kinds.c
        words = _worded(c.words, len(self.query.words.split()))
        found = [*_equal(self.query), *_chosen(self.query), *words]
        return [among(self.is_sqlite, c.number, "numbers"), *found] if self.has_numbers else found

    def hinted(self, select: Any, otherwise: str) -> Any:
        """SQLite begins with rare words, else with family and fiber, else in the order asked."""
        index = BY_FAMILY if _is_narrow(self.query) else otherwise
        if self.has_numbers:
            index = BY_NUMBER
        return select.with_hint(product_kinds, f"INDEXED BY {index}", "sqlite")


@lru_cache(maxsize=MOST_STATEMENTS)
def _page_statement(shape: Shape) -> Any:
    c = product_kinds.c
    columns = c.id, c.rank, c.min_price_cents, c.shortest_m, c.longest_m, c.max_stock
    select = sa.select(*columns).where(*shape.conditions()).order_by(*_order(shape.query))
    return shape.hinted(select, BY_RANK).limit(value("most")).offset(value("start"))


@lru_cache(maxsize=MOST_STATEMENTS)
def _sample_statement(words: int) -> Any:
    """Which of some kinds hold so many words; their numbers are as good as random."""
    c = product_kinds.c
    some = sa.select(c.words).order_by(c.number).limit(value("most")).subquery()
    return sa.select(sa.and_(*_worded(some.c.words, words)))


@lru_cache(maxsize=MOST_STATEMENTS)
def _any_statement(shape: Shape, beyond: str) -> Any:
    c = product_kinds.c
    select = sa.select(c.id).where(*shape.conditions())
    if beyond:
        reach, asked = {LONGER: c.longest_m, SHORTER: c.shortest_m}[beyond], value("beyond_m")
        select = select.where(reach > asked if beyond == LONGER else reach < asked)
    return shape.hinted(select, BY_RANK).limit(value("most"))


@lru_cache(maxsize=MOST_STATEMENTS)
def _fiber_count_statement(shape: Shape, larger: bool) -> Any:
    column, asked = product_kinds.c.fibers, value("asked")
    beyond = column > asked if larger else column < asked
    select = shape.hinted(sa.select(column), BY_FIBERS).where(*shape.fitting(), beyond)
    return select.order_by(column if larger else column.desc()).limit(1)


def of_kind(query: ProductQuery) -> ProductQuery:
    """The part of a query that concerns kinds alone."""
    return replace(
        query,
        length_m=None,
        length_ft=None,
        max_price_cents=None,
        in_stock=False,
        pieces=None,
        sort="best",
    )


def same_length() -> Any:
    """The condition on a product to be as long as asked."""
    return products.c.length_m.between(value("shortest_m"), value("longest_m"))


def _holding_in_sqlite(words: str) -> Any:
    """Numbers of the kinds that hold every word of three letters or more."""
    quoted = ('"' + word.replace('"', '""') + '"' for word in searched_words(words) if grams(word))
    matches = sa.literal_column("kind_words").op("MATCH")(" ".join(quoted))
    return sa.select(kind_words.c.rowid).where(matches)


def _holding_in_postgresql(words: str) -> Any:
    """Numbers of the kinds that hold every three letters of the words."""
    wanted = sa.cast(sa.literal(grams(words), ARRAY(sa.Text)), ARRAY(sa.Text))
    holds = word_grams(product_kinds.c.words).contains(wanted)
    return sa.select(product_kinds.c.number).where(holds)


def _is_narrow(query: ProductQuery) -> bool:
    """Whether family and fiber leave few enough to sort what fits."""
    return bool(query.family and query.fiber)


def _is_selective(query: ProductQuery) -> bool:
    """Whether so few kinds are left that it pays to look into each for a length."""
    asked = (query.fibers, query.polarity, query.jacket, query.loss_grade, query.connector)
    return _is_narrow(query) and any(asked)


def _order(query: ProductQuery) -> tuple[Any, ...]:
    c = product_kinds.c
    return {
        "best": (c.rank, c.min_price_cents, c.id),
        "cheapest": (c.min_price_cents, c.id),
        "longest": (c.longest_m.desc(), c.id),
        "shortest": (c.shortest_m, c.id),
    }[query.sort]


def _equal(query: ProductQuery) -> list[Any]:
    c = product_kinds.c
    names = ("polarity", "polish", "jacket", "loss_grade", "fibers", "family")
    found: list[Any] = [c[name] == value(name) for name in names if getattr(query, name)]
    if query.family and not query.fiber:
        found.append(c.rank.between(value("first_rank"), value("last_rank")))
    return found


def _chosen(query: ProductQuery) -> list[Any]:
    c, found = product_kinds.c, list[Any]()
    if query.brand:
        unbranded = sa.and_(c.brand == "", c.connector_a.like("MPO-%"))
        found.append(sa.or_(c.brand == value("brand"), unbranded))
    if query.connector:
        names = one_of("connectors")
        found.append(sa.or_(c.connector_a.in_(names), c.connector_b.in_(names)))
    if query.fiber:
        found.append(c.fiber.in_(one_of("grades")))
    if query.gender:
        found.append(c.gender_a.in_(one_of("genders")))
    if query.application:
        serving = sa.select(kind_links.c.kind_id).where(
            kind_links.c.link == value("application"), kind_links.c.kind_id == c.id
        )
        found.append(serving.exists())
    return found


def _worded(words: Any, count: int) -> list[Any]:
    return [words.contains(value(f"word{number}"), escape=ESCAPE) for number in range(count)]


def _narrowing(query: ProductQuery) -> list[Any]:
    """Kinds none of whose products can be cheap, long or many enough are passed over."""
    c, found = product_kinds.c, list[Any]()
    if query.max_price_cents is not None:
        found.append(c.min_price_cents <= value("max_price_cents"))
    if query.sort == "cheapest":
        found.append(c.min_price_cents < PRICE_ON_REQUEST)
    if query.in_stock:
        found.append(c.max_stock >= value("pieces"))
    if query.sort in ("longest", "shortest"):
        found.append(c.longest_m.is_not(None))
    if query.length_m is not None:
        of_length = sa.select(products.c.kind_id).where(same_length())
        if _is_selective(query):
            found.append(of_length.where(products.c.kind_id == c.id).exists())
        else:
            found.append(c.id.in_(of_length))
    return found
