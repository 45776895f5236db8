"""The catalog page by page, by part number. Searching is in sales.catalog.store."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.catalog.product import Product
from sales.catalog.store import to_products
from sales.catalog.tables import product_kinds, products


def products_after(
    session: Session, sku: str = "", family: str | None = None, limit: int = 50
) -> list[Product]:
    """Products whose number comes after `sku`, by number; [] at the end."""
    query = sa.select(products).where(products.c.sku > sku)
    if family:
        query = query.where(products.c.family == family)
    return to_products(session, session.execute(query.order_by(products.c.sku).limit(limit)).all())


def count_by_family(session: Session) -> dict[str, int]:
    """How many products each family has, by its code; families without any are left out."""
    c = product_kinds.c
    rows = session.execute(sa.select(c.family, sa.func.sum(c.products)).group_by(c.family))
    return {family: int(count) for family, count in rows}
