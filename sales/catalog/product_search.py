"""Which products fit a query: the best few, by their numbers, and the next length there is.

Everything needed to choose is in the index `products_by_kind`; the products themselves are read
only once they are chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from sales.catalog.asked import shape_of, value, values
from sales.catalog.kind_search import MOST_STATEMENTS, Kind, KindSearch, Shape, same_length
from sales.catalog.query import ProductQuery
from sales.catalog.tables import (
    PRICE_ON_REQUEST,
    PRODUCTS_BY_KIND,
    PRODUCTS_BY_LENGTH,
    among,
    listed,
    product_kinds,
    products,
)

IN_STOCK_FIRST = "in stock first"  # and then the best
LONGEST, SHORTEST = "longest", "shortest"
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
    LONGEST: _Sort(
        (-products.c.length_m, _is_out, _price, products.c.sku),
        lambda row: (-row.length_m, row.is_out, row.price, row.sku),
        lambda kind: (-(kind.longest_m or 0), 0, 0, ""),
    ),
    SHORTEST: _Sort(
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
        rows = _of_kinds(kinds, query, [kind.id for kind in few], limit, IN_STOCK_FIRST)
        return [row.sku for row in rows]
    if query.in_stock:
        return [row.sku for row in _top(kinds, query, limit)]
    rows = _top(kinds, replace(query, in_stock=True, pieces=None), limit)
    if len(rows) < limit:
        rows += _top(kinds, query, limit - len(rows), is_out=True)
    return [row.sku for row in rows]


def find_length(kinds: KindSearch, query: ProductQuery, *, longer: bool) -> float | None:
    """The next longer (or next shorter) length among what else fits, None if there is none."""
    if query.length_m is None:
        return None
    free = replace(query, length_m=None, length_ft=None, sort="best")
    few = kinds.reaching(free, query.length_m, longer=longer)
    if few == []:
        return None
    asked = kinds.values(free, beyond_m=query.length_m, kinds=listed(kinds.is_sqlite, few or []))
    select = _length_statement(kinds.shape(free), longer, few is not None)
    found: float | None = kinds.session.execute(select, asked).scalar()
    return found


def _top(kinds: KindSearch, query: ProductQuery, limit: int, *, is_out: bool = False) -> list[Any]:
    """The first `limit` rows; kinds are read until no further one could hold a better product."""
    sort, rows = _SORTS[query.sort], list[Any]()
    for page in kinds.pages(query):
        worst = rows[-1].length_m if len(rows) == limit else None
        ids = [kind.id for kind in page]
        rows += _of_kinds(kinds, query, ids, limit, query.sort, is_out, worst)
        rows = sorted(rows, key=sort.key)[:limit]
        if len(rows) == limit and sort.bound(page[-1]) > sort.key(rows[-1]):
            break
    return rows


def _of_kinds(
    kinds: KindSearch,
    query: ProductQuery,
    ids: list[str],
    limit: int,
    order: str,
    is_out: bool = False,
    worst_m: float | None = None,
) -> list[Any]:
    """Up to `limit` rows of the products of these kinds that fit, in order.

    By length, those beyond `worst_m` may be left out: better ones are known.
    """
    if not ids:
        return []
    asked = values(query) | {"kinds": listed(kinds.is_sqlite, ids), "most": limit}
    is_bounded = query.sort in (LONGEST, SHORTEST) and worst_m is not None
    select = _products_statement(shape_of(query), kinds.is_sqlite, order, is_out, is_bounded)
    return list(kinds.session.execute(select, asked | {"worst_m": worst_m}))


@lru_cache(maxsize=MOST_STATEMENTS)
def _products_statement(
    shape: ProductQuery, is_sqlite: bool, order: str, is_out: bool, is_bounded: bool
) -> Any:
    """`is_out`: of those that are out of stock; `is_bounded`: of a length no worse than one."""
    c = products.c
    select = sa.select(c.sku, c.length_m, c.rank, _price, _is_out)
    select = select.where(among(is_sqlite, c.kind_id, "kinds"), *_conditions(shape))
    if is_out:
        select = select.where(c.stock == 0)
    if is_bounded:
        worst = value("worst_m")
        select = select.where(c.length_m >= worst if shape.sort == LONGEST else c.length_m <= worst)
    columns = _SORTS[shape.sort].columns
    select = select.order_by(*((_is_out, *columns) if order == IN_STOCK_FIRST else columns))
    return select.limit(value("most")).with_hint(
        products, f"INDEXED BY {PRODUCTS_BY_KIND}", "sqlite"
    )


@lru_cache(maxsize=MOST_STATEMENTS)
def _length_statement(shape: Shape, longer: bool, is_of_few: bool) -> Any:
    """`is_of_few`: the kinds are known, since they are few."""
    column, asked = products.c.length_m, value("beyond_m")
    select = sa.select(column).where(column > asked if longer else column < asked)
    select = select.where(*_conditions(shape.query))
    if is_of_few:
        select = select.where(among(shape.is_sqlite, products.c.kind_id, "kinds"))
    else:
        fits = sa.select(product_kinds.c.id).where(product_kinds.c.id == products.c.kind_id)
        select = select.where(fits.where(*shape.conditions()).exists())
    index = PRODUCTS_BY_KIND if is_of_few else PRODUCTS_BY_LENGTH
    select = select.with_hint(products, f"INDEXED BY {index}", "sqlite")
    return select.order_by(column if longer else column.desc()).limit(1)


def _conditions(shape: ProductQuery) -> list[Any]:
    c, found = products.c, list[Any]()
    if shape.length_m is not None:
        found.append(same_length())
    elif shape.sort in (LONGEST, SHORTEST):
        found.append(c.length_m.is_not(None))
    if shape.max_price_cents is not None:
        found.append(c.price_cents <= value("max_price_cents"))
    if shape.sort == "cheapest":
        found.append(c.price_cents.is_not(None))
    if shape.in_stock:
        found.append(c.stock >= value("pieces"))
    return found
