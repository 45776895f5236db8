"""Queries over the catalog. Rows stay inside; `Product` values come out.

Every filter is a column with an index, and what is fetched is limited, so that 100,000 products
cost about as little as 500.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.catalog.product import PriceBreak, Product
from sales.catalog.rows import LIST_SEPARATOR
from sales.catalog.tables import catalog_meta, price_breaks, product_links, products

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
    application: str | None = None  # a link's name
    max_price_cents: int | None = None
    in_stock: bool = False
    words: str = ""  # each must appear in number, title, description, notes or family words
    sort: Literal["best", "cheapest"] = "best"


def find_products(session: Session, query: ProductQuery, limit: int = 5) -> list[Product]:
    """Products that fit in every point; [] if none.

    "best": in stock first, then by family, low loss first, MTP first, then cheapest.
    "cheapest": by price; products whose price is on request are left out.
    """
    select = sa.select(products).where(*conditions(query))
    if query.sort == "cheapest":
        select = select.order_by(products.c.price_cents, products.c.sku)
    else:
        select = select.order_by(products.c.rank, products.c.price_cents, products.c.sku)
    return to_products(session, session.execute(select.limit(limit)).all())


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


def conditions(query: ProductQuery) -> list[Any]:
    """The query as SQL conditions."""
    c = products.c
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
    if query.length_m is not None:
        near, far = query.length_m - SAME_LENGTH_M, query.length_m + SAME_LENGTH_M
        found.append(c.length_m.between(near, far))
    if query.application:
        served = sa.select(product_links.c.sku).where(product_links.c.link == query.application)
        found.append(c.sku.in_(served))
    if query.max_price_cents is not None:
        found.append(c.price_cents <= query.max_price_cents)
    if query.sort == "cheapest":
        found.append(c.price_cents.is_not(None))
    if query.in_stock:
        found.append(c.stock > 0)
    words = query.words.lower().split()
    found.extend(c.search_text.contains(word, autoescape=True) for word in words)
    return found


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
    skus = [row.sku for row in rows]
    steps, links = _price_breaks(session, skus), _links(session, skus)
    return [_product(row, tuple(steps[row.sku]), tuple(links[row.sku])) for row in rows]


def _price_breaks(session: Session, skus: list[str]) -> dict[str, list[PriceBreak]]:
    found: dict[str, list[PriceBreak]] = defaultdict(list)
    query = sa.select(price_breaks).where(price_breaks.c.sku.in_(skus))
    for row in session.execute(query.order_by(price_breaks.c.from_quantity)) if skus else ():
        found[row.sku].append(PriceBreak(row.from_quantity, row.price_cents))
    return found


def _links(session: Session, skus: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    query = sa.select(product_links).where(product_links.c.sku.in_(skus))
    for row in session.execute(query.order_by(product_links.c.position)) if skus else ():
        found[row.sku].append(row.link)
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
    """Keys that share a long beginning or a long ending with the text, compared letter by letter."""
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
