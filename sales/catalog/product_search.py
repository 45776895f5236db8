"""Which products fit a query: the best few, by their numbers, and the next length there is.

Everything needed to choose is in the index `products_by_kind`; the products themselves are read
only once they are chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from sales.catalog.kind_search import Kind, KindSearch, same_length
from sales.catalog.query import ProductQuery
from sales.catalog.tables import (
    PRICE_ON_REQUEST,
    PRODUCTS_BY_KIND,
    PRODUCTS_BY_LENGTH,
    among,
    product_kinds,
    products,
)

Key = tuple[Any, ...]  # products are shown in the order of their keys


@dataclass(frozen=True)
class _Sort:
    """An order of products: of one, in SQL, and the best that any product of a kind could be."""

    columns: tuple[Any, ...]
    key: Callable[[Any], Key]
    bound: Callable[[Kind], Key]


_price = sa.func.coalesce(products.c.price_cents, PRICE_ON_REQUEST).label("price")
_is_out: Any = sa.case((products.c.stock == 0, 1), else_=0).label("is_out")
_SORTS = {
    "best": _Sort(
        (products.c.rank, _price, products.c.sku),
        lambda row: (row.rank, row.price, row.sku),
        lambda kind: (kind.rank, kind.min_price_cents, ""),
    ),
    "cheapest": _Sort(
        (_price, products.c.sku),
        lambda row: (row.price, row.sku),
        lambda kind: (kind.min_price_cents, ""),
    ),
    "longest": _Sort(
        (-products.c.length_m, _is_out, _price, products.c.sku),
        lambda row: (-row.length_m, row.is_out, row.price, row.sku),
        lambda kind: (-(kind.longest_m or 0), 0, 0, ""),
    ),
    "shortest": _Sort(
        (products.c.length_m, _is_out, _price, products.c.sku),
        lambda row: (row.length_m, row.is_out, row.price, row.sku),
        lambda kind: (kind.shortest_m or 0, 0, 0, ""),
    ),
}


def find_skus(kinds: KindSearch, query: ProductQuery, limit: int) -> list[str]:
    """The numbers of the best products that fit in every point; [] if none."""
    if query.sort != "best":
        return [row.sku for row in _top(kinds, query, limit)]
    few = kinds.all_if_few(query)
    if few is not None:
        return [row.sku for row in _best_of(kinds, query, [kind.id for kind in few], limit)]
    if query.in_stock:
        return [row.sku for row in _top(kinds, query, limit)]
    rows = _top(kinds, replace(query, in_stock=True, pieces=None), limit)
    if len(rows) < limit:
        rows += _top(kinds, query, limit - len(rows), products.c.stock == 0)
    return [row.sku for row in rows]


def find_length(kinds: KindSearch, query: ProductQuery, *, longer: bool) -> float | None:
    """The next longer (or next shorter) length among what else fits, None if there is none."""
    if query.length_m is None:
        return None
    column, free = products.c.length_m, replace(query, length_m=None, length_ft=None, sort="best")
    beyond = column > query.length_m if longer else column < query.length_m
    few = kinds.reaching(free, query.length_m, longer=longer)
    if few == []:
        return None
    select = sa.select(column).where(beyond, *_conditions(free))
    if few is not None:
        select = select.where(among(kinds.session, products.c.kind_id, few))
        select = select.with_hint(products, f"INDEXED BY {PRODUCTS_BY_KIND}", "sqlite")
    else:
        fits = sa.select(product_kinds.c.id).where(product_kinds.c.id == products.c.kind_id)
        select = select.where(fits.where(*kinds.conditions(free)).exists())
        select = select.with_hint(products, f"INDEXED BY {PRODUCTS_BY_LENGTH}", "sqlite")
    nearest = select.order_by(column if longer else column.desc()).limit(1)
    found: float | None = kinds.session.execute(nearest).scalar()
    return found


def _best_of(kinds: KindSearch, query: ProductQuery, ids: list[str], limit: int) -> list[Any]:
    """The best rows of these kinds, what is in stock first."""
    return _of_kinds(kinds, query, ids, limit, (_is_out, *_SORTS["best"].columns))


def _top(kinds: KindSearch, query: ProductQuery, limit: int, *more: Any) -> list[Any]:
    """The first `limit` rows; kinds are read until no further one could hold a better product."""
    sort, rows = _SORTS[query.sort], list[Any]()
    for page in kinds.pages(query):
        rows += _of_kinds(kinds, query, [kind.id for kind in page], limit, sort.columns, *more)
        rows = sorted(rows, key=sort.key)[:limit]
        if len(rows) == limit and sort.bound(page[-1]) > sort.key(rows[-1]):
            break
    return rows


def _of_kinds(
    kinds: KindSearch,
    query: ProductQuery,
    ids: list[str],
    limit: int,
    order: tuple[Any, ...],
    *more: Any,
) -> list[Any]:
    """Up to `limit` rows of the products of these kinds that fit, in order."""
    c = products.c
    select = (
        sa.select(c.sku, c.length_m, c.rank, _price, _is_out)
        .where(among(kinds.session, c.kind_id, ids), *_conditions(query), *more)
        .with_hint(products, f"INDEXED BY {PRODUCTS_BY_KIND}", "sqlite")
    )
    return list(kinds.session.execute(select.order_by(*order).limit(limit))) if ids else []


def _conditions(query: ProductQuery) -> list[Any]:
    c, found = products.c, list[Any]()
    if query.length_m is not None:
        found.append(same_length(query.length_m))
    elif query.sort in ("longest", "shortest"):
        found.append(c.length_m.is_not(None))
    if query.max_price_cents is not None:
        found.append(c.price_cents <= query.max_price_cents)
    if query.sort == "cheapest":
        found.append(c.price_cents.is_not(None))
    if query.in_stock:
        found.append(c.stock >= max(1, query.pieces or 1))
    return found
