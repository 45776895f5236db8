"""Queries over the catalog. Rows stay inside; `Product` values come out.

A query picks the kinds of product first (`kind_search`), then their products (`product_search`),
best first, until it has enough; so a large catalog costs about as little as a small one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.catalog.asked import CONNECTOR_NAMES, value
from sales.catalog.close_numbers import keys_from, similar_keys
from sales.catalog.kind_search import KindSearch
from sales.catalog.product import PriceBreak, Product
from sales.catalog.product_search import find_length, find_skus
from sales.catalog.query import ProductQuery
from sales.catalog.rows import LIST_SEPARATOR, sku_key
from sales.catalog.tables import (
    DATE_KEY,
    among,
    catalog_meta,
    kind_links,
    listed,
    price_breaks,
    products,
)

__all__ = [
    "CONNECTOR_NAMES", "ProductQuery", "catalog_date", "close_skus", "count_products",
    "find_products", "length_near", "load_products", "product_by_sku", "sku_key", "to_products",
]  # fmt: skip
SHORTEST_KEY = 4
BY_KEY = sa.select(products).where(products.c.sku_key == value("key"))
DATE = sa.select(catalog_meta.c.value).where(catalog_meta.c.key == DATE_KEY)


def find_products(session: Session, query: ProductQuery, limit: int = 5) -> list[Product]:
    """Products that fit in every point; [] if none.

    "best": in stock first, then by family, low loss first, MTP first, then cheapest.
    "cheapest": by price; products whose price is on request are left out.
    "longest" and "shortest": by length; products without one are left out.
    """
    return load_products(session, find_skus(KindSearch(session), query, limit))


def product_by_sku(session: Session, sku: str) -> Product | None:
    """The product with that number (case, dashes and blanks do not matter), None if unknown."""
    rows = session.execute(BY_KEY, {"key": sku_key(sku)}).all()
    return next(iter(to_products(session, rows)), None)


def close_skus(session: Session, text: str, limit: int = 5) -> list[Product]:
    """Products whose number is, begins with or nearly is the text, closest first; [] if none."""
    key = sku_key(text)
    if len(key) < SHORTEST_KEY:
        return []
    keys = keys_from(session, key, limit) or similar_keys(session, key, limit)
    query = sa.select(products).where(products.c.sku_key.in_(keys))
    rows = sorted(session.execute(query).all(), key=lambda row: keys.index(row.sku_key))
    return to_products(session, rows)


def catalog_date(session: Session) -> date | None:
    """The newest day that prices and stock were taken from, None while the catalog is empty."""
    found = session.execute(DATE).scalar()
    return date.fromisoformat(found) if found else None


def count_products(session: Session) -> int:
    """How many products the catalog holds."""
    return int(session.execute(sa.select(sa.func.count()).select_from(products)).scalar_one())


def length_near(session: Session, query: ProductQuery, *, longer: bool) -> float | None:
    """The next longer (or next shorter) length among what else fits, None if there is none."""
    return find_length(KindSearch(session), query, longer=longer)


def load_products(session: Session, skus: Sequence[str]) -> list[Product]:
    """The products of these numbers, in this order."""
    if not skus:
        return []
    rows = _among(session, _by_sku, list(skus)).all()
    place = {sku: number for number, sku in enumerate(skus)}
    return to_products(session, sorted(rows, key=lambda row: place[row.sku]))


def to_products(session: Session, rows: Sequence[Any]) -> list[Product]:
    """Rows of `products` as values, with their price breaks and links."""
    steps = _price_breaks(session, [row.sku for row in rows])
    links = _links(session, {row.kind_id for row in rows})
    return [_product(row, tuple(steps[row.sku]), tuple(links[row.kind_id])) for row in rows]


def _price_breaks(session: Session, skus: list[str]) -> dict[str, list[PriceBreak]]:
    found: dict[str, list[PriceBreak]] = defaultdict(list)
    for sku, from_quantity, price_cents in _among(session, _steps, skus) if skus else ():
        found[sku].append(PriceBreak(from_quantity, price_cents))
    return found


def _links(session: Session, kind_ids: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for kind_id, link in _among(session, _served, list(kind_ids)) if kind_ids else ():
        found[kind_id].append(link)
    return found


def _among(session: Session, select: Callable[[bool], Any], ids: list[str]) -> Any:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return session.execute(select(is_sqlite), {"ids": listed(is_sqlite, ids)})


@cache
def _by_sku(is_sqlite: bool) -> Any:
    return sa.select(products).where(among(is_sqlite, products.c.sku, "ids"))


@cache
def _steps(is_sqlite: bool) -> Any:
    c = price_breaks.c
    select = sa.select(c.sku, c.from_quantity, c.price_cents)
    return select.where(among(is_sqlite, c.sku, "ids")).order_by(c.from_quantity)


@cache
def _served(is_sqlite: bool) -> Any:
    c = kind_links.c
    select = sa.select(c.kind_id, c.link).where(among(is_sqlite, c.kind_id, "ids"))
    return select.order_by(c.position)


_STORED = tuple(
    name
    for name in Product.__dataclass_fields__
    if name not in ("price_breaks", "applications", "compatible_with")
)


def _product(row: Any, steps: tuple[PriceBreak, ...], links: tuple[str, ...]) -> Product:
    values = {name: getattr(row, name) for name in _STORED}
    families = tuple(filter(None, row.compatible_with.split(LIST_SEPARATOR)))
    return Product(**values, price_breaks=steps, applications=links, compatible_with=families)
