"""Queries over the catalog. Rows stay inside; `Product` values come out.

A catalog of 100,000 products has about a thousand kinds of them: the same cable in many lengths.
A query picks the kinds first, then products of those kinds only, best kinds first, until it has
enough; so a large catalog costs about as little as a small one.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.catalog.product import PriceBreak, Product
from sales.catalog.rows import LIST_SEPARATOR
from sales.catalog.tables import (
    catalog_meta,
    kind_links,
    price_breaks,
    product_kinds,
    products,
)

DATE_KEY = "catalog_date"
SAME_LENGTH_M = 0.005
MULTIMODE_GRADES = ("OM3", "OM4", "OM5", "MM")
SINGLE_MODE_GRADES = ("OS2", "SM")
CONNECTOR_NAMES = {
    "LC": ("LC-D", "LC-U"), "SN": ("SN-D",), "CS": ("CS-D",), "MDC": ("MDC-D",), "MMC": ("MMC-16",),
}  # fmt: skip
CLOSE_ENOUGH = 0.72  # difflib ratio from which one part number may be a typo of another
CANDIDATES = 400  # part numbers compared letter by letter, from each end
SHORTEST_KEY = 4
BATCH = 3_000  # products looked at in one statement
MOST_KINDS = 900  # in one statement
NUMBER_WORD = re.compile(r"\d+(\.\d+)?(m|ft)?")  # lengths and counts are no words


@dataclass(frozen=True)
class ProductQuery:
    """What a product must be. None, "" and False mean that it does not matter."""

    brand: str | None = None  # MTP or MPO; unbranded tools and optics with an MPO fit both
    family: str | None = None
    connector: str | None = None  # at either end: MPO-12, LC (duplex or uniboot), SN, ...
    fiber: str | None = None  # a grade, or MM or SM for any grade of that mode
    fibers: int | None = None
    polarity: str | None = None
    polish: str | None = None
    gender: str | None = None  # of end A; a field-changeable end fits either
    jacket: str | None = None
    loss_grade: str | None = None
    length_m: float | None = None
    length_ft: float | None = None  # how the length was asked for, if in feet
    application: str | None = None  # a link's name
    max_price_cents: int | None = None
    in_stock: bool = False
    pieces: int | None = None  # that must be in stock, with in_stock
    words: str = ""  # each must appear in title, description, notes or family words; no numbers
    sort: Literal["best", "cheapest", "longest", "shortest"] = "best"


def find_products(session: Session, query: ProductQuery, limit: int = 5) -> list[Product]:
    """Products that fit in every point; [] if none.

    "best": in stock first, then by family, low loss first, MTP first, then cheapest.
    "cheapest": by price; products whose price is on request are left out.
    "longest" and "shortest": by length; products without one are left out.
    """
    kinds = matching_kinds(session, query)
    find = _FINDERS[query.sort]
    return to_products(session, find(session, query, kinds, limit))


def product_by_sku(session: Session, sku: str) -> Product | None:
    """The product with that number (case, dashes and blanks do not matter), None if unknown."""
    query = sa.select(products).where(products.c.sku_key == sku_key(sku))
    return next(iter(to_products(session, session.execute(query).all())), None)


def close_skus(session: Session, text: str, limit: int = 5) -> list[Product]:
    """Products whose number is, begins with or nearly is the text, closest first; [] if none."""
    key = sku_key(text)
    if len(key) < SHORTEST_KEY:
        return []
    keys = _longer_keys(session, key, limit)
    if not keys:
        keys = _similar_keys(session, key, limit)
    query = sa.select(products).where(products.c.sku_key.in_(keys))
    rows = sorted(session.execute(query).all(), key=lambda row: keys.index(row.sku_key))
    return to_products(session, rows)


def catalog_date(session: Session) -> date | None:
    """The newest day that prices and stock were taken from, None while the catalog is empty."""
    query = sa.select(catalog_meta.c.value).where(catalog_meta.c.key == DATE_KEY)
    found = session.execute(query).scalar()
    return date.fromisoformat(found) if found else None


def count_products(session: Session) -> int:
    """How many products the catalog holds."""
    return int(session.execute(sa.select(sa.func.count()).select_from(products)).scalar_one())


def sku_key(text: str) -> str:
    """A part number by its letters and digits alone, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


@dataclass(frozen=True)
class Kind:
    """What a set of products has in common, and how large the set is."""

    id: str
    rank: int
    products: int
    min_price_cents: int | None


def matching_kinds(session: Session, query: ProductQuery) -> list[Kind]:
    """The kinds of product that fit but for length, price and stock."""
    c = product_kinds.c
    select = sa.select(c.id, c.rank, c.products, c.min_price_cents)
    rows = session.execute(select.where(*_kind_conditions(query)))
    return [Kind(*row) for row in rows]


def length_near(session: Session, query: ProductQuery, *, longer: bool) -> float | None:
    """The next longer (or next shorter) length among what else fits, None if there is none."""
    if query.length_m is None:
        return None
    column, free = products.c.length_m, replace(query, length_m=None)
    beyond = column > query.length_m if longer else column < query.length_m
    nearest = sa.func.min(column) if longer else sa.func.max(column)
    found = []
    for ids in _id_chunks(matching_kinds(session, free)):
        select = sa.select(nearest).where(products.c.kind_id.in_(ids), beyond)
        found.append(session.execute(select.where(*_product_conditions(free))).scalar())
    lengths = [length for length in found if length is not None]
    return (min if longer else max)(lengths, default=None)


def next_fiber_count(session: Session, query: ProductQuery, *, larger: bool = True) -> int | None:
    """The next larger (or smaller) fiber count among the kinds that else fit, or None."""
    column = product_kinds.c.fibers
    free = _kind_conditions(replace(query, fibers=None))
    asked = query.fibers or 0
    nearest = sa.func.min(column) if larger else sa.func.max(column)
    select = sa.select(nearest).where(*free, column > asked if larger else column < asked)
    found: int | None = session.execute(select).scalar()
    return found


def _kind_conditions(query: ProductQuery) -> list[Any]:
    c = product_kinds.c
    found: list[Any] = [
        column == value
        for column, value in (
            (c.family, query.family),
            (c.polarity, query.polarity),
            (c.polish, query.polish),
            (c.jacket, query.jacket),
            (c.loss_grade, query.loss_grade),
            (c.fibers, query.fibers),
        )
        if value
    ]
    if query.brand:
        unbranded = sa.and_(c.brand == "", c.connector_a.like("MPO-%"))
        found.append(sa.or_(c.brand == query.brand, unbranded))
    if query.connector:
        names = _connectors(query)
        found.append(sa.or_(c.connector_a.in_(names), c.connector_b.in_(names)))
    if query.fiber:
        found.append(c.fiber.in_(_grades(query.fiber)))
    if query.gender:
        found.append(c.gender_a.in_((query.gender, "X")))
    if query.application:
        serving = sa.select(kind_links.c.kind_id).where(kind_links.c.link == query.application)
        found.append(c.id.in_(serving))
    words = (word for word in query.words.lower().split() if not NUMBER_WORD.fullmatch(word))
    found.extend(c.words.contains(word, autoescape=True) for word in words)
    return found


def _product_conditions(query: ProductQuery) -> list[Any]:
    c, found = products.c, []
    if query.length_m is not None:
        near, far = query.length_m - SAME_LENGTH_M, query.length_m + SAME_LENGTH_M
        found.append(c.length_m.between(near, far))
    if query.max_price_cents is not None:
        found.append(c.price_cents <= query.max_price_cents)
    if query.sort == "cheapest":
        found.append(c.price_cents.is_not(None))
    if query.in_stock:
        found.append(c.stock >= max(1, query.pieces or 1))
    return found


def _best(session: Session, query: ProductQuery, kinds: list[Kind], limit: int) -> list[Any]:
    c, rows = products.c, list[Any]()
    ranked = sorted(kinds, key=lambda kind: kind.rank)
    for stock in (c.stock > 0, c.stock == 0):
        for batch in _batches(ranked, query):
            select = _of_kinds(batch, query).where(stock).join(product_kinds)
            order = product_kinds.c.rank, c.price_cents.is_(None), c.price_cents, c.sku
            rows += session.execute(select.order_by(*order).limit(limit - len(rows))).all()
            if len(rows) >= limit:
                return rows
    return rows


def _cheapest(session: Session, query: ProductQuery, kinds: list[Kind], limit: int) -> list[Any]:
    c, rows = products.c, list[Any]()
    priced = [kind for kind in kinds if kind.min_price_cents is not None]
    priced.sort(key=lambda kind: kind.min_price_cents or 0)
    for batch in _batches(priced, query):
        if len(rows) >= limit and rows[-1].price_cents < (batch[0].min_price_cents or 0):
            break
        select = _of_kinds(batch, query).order_by(c.price_cents, c.sku).limit(limit)
        rows += session.execute(select).all()
        rows = sorted(rows, key=lambda row: (row.price_cents, row.sku))[:limit]
    return rows


def _by_length(session: Session, query: ProductQuery, kinds: list[Kind], limit: int) -> list[Any]:
    c, rows = products.c, list[Any]()
    sign = -1 if query.sort == "longest" else 1
    for ids in _id_chunks(kinds):
        select = sa.select(products).where(c.kind_id.in_(ids), c.length_m.is_not(None))
        order = sign * c.length_m, c.stock == 0, c.price_cents, c.sku
        fitting = select.where(*_product_conditions(query)).order_by(*order)
        rows += session.execute(fitting.limit(limit)).all()
    rows.sort(key=lambda row: (sign * row.length_m, row.stock == 0, row.price_cents or 0, row.sku))
    return rows[:limit]


_FINDERS = {
    "best": _best, "cheapest": _cheapest, "longest": _by_length, "shortest": _by_length,
}  # fmt: skip


def _of_kinds(batch: list[Kind], query: ProductQuery) -> Any:
    ids = [kind.id for kind in batch]
    return sa.select(products).where(products.c.kind_id.in_(ids), *_product_conditions(query))


def _batches(kinds: list[Kind], query: ProductQuery) -> Iterator[list[Kind]]:
    """Kinds in their order, cut where the products to look at become many and the rank changes."""
    batch: list[Kind] = []
    weight = 0
    for kind in kinds:
        is_full = weight >= BATCH or len(batch) >= MOST_KINDS
        if batch and is_full and (kind.rank != batch[-1].rank or len(batch) >= MOST_KINDS):
            yield batch
            batch, weight = [], 0
        batch.append(kind)
        weight += kind.products if query.length_m is None else 1
    if batch:
        yield batch


def _id_chunks(kinds: list[Kind]) -> Iterable[list[str]]:
    ids = [kind.id for kind in kinds]
    return (ids[start : start + MOST_KINDS] for start in range(0, len(ids), MOST_KINDS))


def _connectors(query: ProductQuery) -> tuple[str, ...]:
    """Eight fibers on an MPO-12 are also sold as MPO-8, the same plug with empty positions."""
    asked = query.connector or ""
    if asked == "MPO-12" and query.fibers == 8:
        return ("MPO-12", "MPO-8")
    return CONNECTOR_NAMES.get(asked, (asked,))


def _grades(fiber: str) -> tuple[str, ...]:
    """A grade and the hardware for any grade of its mode."""
    if fiber == "MM":
        return MULTIMODE_GRADES
    if fiber == "SM":
        return SINGLE_MODE_GRADES
    return (fiber, "MM") if fiber.startswith("OM") else (fiber, "SM")


def to_products(session: Session, rows: Sequence[Any]) -> list[Product]:
    """Rows of `products` as values, with their price breaks and links."""
    steps = _price_breaks(session, [row.sku for row in rows])
    links = _links(session, {row.kind_id for row in rows})
    return [_product(row, tuple(steps[row.sku]), tuple(links[row.kind_id])) for row in rows]


def _price_breaks(session: Session, skus: list[str]) -> dict[str, list[PriceBreak]]:
    found: dict[str, list[PriceBreak]] = defaultdict(list)
    query = sa.select(price_breaks).where(price_breaks.c.sku.in_(skus))
    for row in session.execute(query.order_by(price_breaks.c.from_quantity)) if skus else ():
        found[row.sku].append(PriceBreak(row.from_quantity, row.price_cents))
    return found


def _links(session: Session, kind_ids: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    query = sa.select(kind_links).where(kind_links.c.kind_id.in_(kind_ids))
    for row in session.execute(query.order_by(kind_links.c.position)) if kind_ids else ():
        found[row.kind_id].append(row.link)
    return found


_STORED = tuple(
    name
    for name in Product.__dataclass_fields__
    if name not in ("price_breaks", "applications", "compatible_with")
)


def _product(row: Any, steps: tuple[PriceBreak, ...], links: tuple[str, ...]) -> Product:
    values = {name: getattr(row, name) for name in _STORED}
    families = tuple(filter(None, row.compatible_with.split(LIST_SEPARATOR)))
    return Product(**values, price_breaks=steps, applications=links, compatible_with=families)


def _longer_keys(session: Session, key: str, limit: int) -> list[str]:
    column = products.c.sku_key
    query = sa.select(column).where(_begins(column, key)).order_by(column).limit(limit)
    return list(session.execute(query).scalars())


def _similar_keys(session: Session, key: str, limit: int) -> list[str]:
    """Keys that begin or end much like the text, compared letter by letter."""
    shared = {
        *_sharing(session, products.c.sku_key, key),
        *(found[::-1] for found in _sharing(session, products.c.sku_key_reversed, key[::-1])),
    }
    return difflib.get_close_matches(key, sorted(shared), n=limit, cutoff=CLOSE_ENOUGH)


def _sharing(session: Session, column: Any, key: str) -> list[str]:
    for length in range(len(key) - 1, SHORTEST_KEY - 1, -1):
        query = sa.select(column).where(_begins(column, key[:length])).order_by(column)
        found = list(session.execute(query.limit(CANDIDATES)).scalars())
        if len(found) > 1 or (found and length <= len(key) // 2):
            return found
    return []


def _begins(column: Any, start: str) -> Any:
    return sa.and_(column >= start, column < start + "~")
