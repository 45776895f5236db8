"""The catalog page by page, by part number. Searching is in sales.catalog.store."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.catalog.asked import value
from sales.catalog.product import Product
from sales.catalog.store import to_products
from sales.catalog.tables import product_kinds, products

COUNTS = sa.select(product_kinds.c.family, sa.func.sum(product_kinds.c.products)).group_by(
    product_kinds.c.family
)


def products_after(
    session: Session, sku: str = "", family: str | None = None, limit: int = 50
) -> list[Product]:
    """Products whose number comes after `sku`, by number; [] at the end."""
    asked = {"sku": sku, "family": family, "most": limit}
    return to_products(session, session.execute(_after(bool(family)), asked).all())


def count_by_family(session: Session) -> dict[str, int]:
    """How many products each family has, by its code; families without any are left out."""
    return {family: int(count) for family, count in session.execute(COUNTS)}


@cache
def _after(in_family: bool) -> Any:
    c = products.c
    select = sa.select(products).limit(value("most"))
    if not in_family:
        return select.where(c.sku > value("sku")).order_by(c.sku)
    # One family said as a range: with an equality PostgreSQL may go by number through all of the
    # catalog, since it does not know that numbers begin with the family.
    place: Any = sa.tuple_(value("family"), value("sku"))
    in_order: Any = sa.tuple_(c.family, c.sku)
    return select.where(in_order > place, c.family <= value("family")).order_by(c.family, c.sku)
