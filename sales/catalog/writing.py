"""Writes products into the catalog's tables: staged first, then brought in all at once.

Staged rows lie in temporary tables, which are the connection's own. So a large file is read and
checked without holding SQLite's one write lock; only `Staging.apply` needs it, and it works inside
the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from sales.catalog.kinds import kind_row
from sales.catalog.product import Product
from sales.catalog.rows import LIST_SEPARATOR, sku_key
from sales.catalog.tables import (
    DATE_KEY,
    PRICE_ON_REQUEST,
    catalog_meta,
    kind_links,
    price_breaks,
    product_kinds,
    products,
)

_STAGED = sa.MetaData()


def _like(table: sa.Table) -> sa.Table:
    """A temporary table with the same columns and primary key."""
    columns = (sa.Column(c.name, c.type, primary_key=c.primary_key) for c in table.c)
    return sa.Table(f"staged_{table.name}", _STAGED, *columns, prefixes=["TEMPORARY"])


_products, _kinds, _links, _steps = map(_like, (products, product_kinds, kind_links, price_breaks))
_touched = sa.Table(
    "touched_kinds", _STAGED, sa.Column("id", sa.String(16), primary_key=True),
    prefixes=["TEMPORARY"],
)  # fmt: skip
_PLAIN_COLUMNS = tuple(
    column.name
    for column in products.c
    if column.name not in ("sku_key", "sku_key_reversed", "kind_id", "rank", "compatible_with")
)
_COUNT_KINDS = f"""
UPDATE product_kinds
SET products = found.products, min_price_cents = found.price, max_stock = found.stock,
    shortest_m = found.shortest, longest_m = found.longest
FROM (
  SELECT kind_id, count(*) AS products, coalesce(min(price_cents), {PRICE_ON_REQUEST}) AS price,
         max(stock) AS stock, min(length_m) AS shortest, max(length_m) AS longest
  FROM products WHERE kind_id IN (SELECT id FROM touched_kinds) GROUP BY kind_id
) AS found
WHERE found.kind_id = product_kinds.id
"""  # noqa: S608  # a constant of ours


class Staging:
    """Products on their way into the catalog, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kinds: set[str] = set()

    def __enter__(self) -> Staging:
        with self._connection.begin():
            self._drop()
            _STAGED.create_all(self._connection, checkfirst=False)
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._connection.invalidated:
            with self._connection.begin():
                self._drop()

    def add(self, found: list[Product]) -> None:
        """Stages these products. Their numbers must be new, with dashes or without."""
        kinds = {product.sku: kind_row(product) for product in found}
        rows = [_columns(product, kinds[product.sku]) for product in found]
        self._insert(_products, rows)
        self._insert(_steps, [step for product in found for step in _step_rows(product)])
        new = {kinds[p.sku]["id"]: (kinds[p.sku], p.applications) for p in found}
        new = {kind_id: new[kind_id] for kind_id in new.keys() - self._kinds}
        self._kinds |= new.keys()
        self._insert(_kinds, [kind for kind, _ in new.values()])
        links = (_link_rows(kind_id, names) for kind_id, (_, names) in new.items())
        self._insert(_links, [link for rows in links for link in rows])

    def lock(self) -> None:
        """Waits until nobody else writes; what is read from here on stays so until the end."""
        if self._connection.dialect.name == "sqlite":
            self._connection.exec_driver_sql("BEGIN IMMEDIATE")

    def known(self) -> int:
        """How many of the staged products the catalog holds already."""
        same = sa.select(sa.func.count()).select_from(_products).join(products, _SAME_KEY)
        return int(self._connection.execute(same).scalar_one())

    def differently_written(self, most: int) -> list[tuple[str, str]]:
        """Staged numbers that the catalog has with other dashes, and how it has them."""
        query = sa.select(_products.c.sku, products.c.sku).join(products, _SAME_KEY)
        found = query.where(_products.c.sku != products.c.sku).order_by(_products.c.sku)
        return [(row[0], row[1]) for row in self._connection.execute(found.limit(most))]

    def absent(self) -> int:
        """How many products of the catalog are not staged."""
        count = sa.select(sa.func.count()).select_from(products).where(_IS_ABSENT)
        return int(self._connection.execute(count).scalar_one())

    def apply(self, *, replace: bool = False) -> None:
        """Adds and updates what is staged; with `replace` everything else is removed."""
        self._note_touched(replace)
        if replace:
            self._connection.execute(sa.delete(products).where(_IS_ABSENT))
        self._copy(_kinds, product_kinds)
        self._copy(_links, kind_links)
        self._forget_steps()
        self._copy(_products, products, key="sku")
        self._copy(_steps, price_breaks)
        self._count_kinds()
        self._remember_date()

    def _note_touched(self, replace: bool) -> None:
        add = self._dialect().insert(_touched)
        staged = products.c.sku.in_(sa.select(_products.c.sku))
        is_touched = sa.or_(staged, _IS_ABSENT) if replace else staged
        for ids in (
            sa.select(_kinds.c.id).where(sa.true()),
            sa.select(products.c.kind_id).where(is_touched),
        ):
            self._connection.execute(add.from_select(["id"], ids).on_conflict_do_nothing())

    def _forget_steps(self) -> None:
        """Removes the price breaks that staged products have no longer."""
        staged = sa.select(_products.c.sku)
        same = (column == _steps.c[column.name] for column in price_breaks.c)
        is_kept = sa.select(_steps.c.sku).where(*same).exists()
        gone = price_breaks.c.sku.in_(staged) & ~is_kept
        self._connection.execute(sa.delete(price_breaks).where(gone))

    def _copy(self, source: sa.Table, target: sa.Table, key: str = "") -> None:
        """Copies staged rows; those with a known key update the row, or without `key` are left."""
        names = [column.name for column in target.c]
        order = tuple(source.primary_key)  # neighbours go into the same pages
        rows = sa.select(*(source.c[name] for name in names)).where(sa.true()).order_by(*order)
        insert = self._dialect().insert(target).from_select(names, rows)
        if key:
            changed = {name: insert.excluded[name] for name in names if name != key}
            differs = (target.c[name].is_distinct_from(new) for name, new in changed.items())
            insert = insert.on_conflict_do_update(
                index_elements=[target.c[key]], set_=changed, where=sa.or_(*differs)
            )
        else:
            insert = insert.on_conflict_do_nothing()
        self._connection.execute(insert)

    def _count_kinds(self) -> None:
        """What searches know of a kind without its products; kinds without any go."""
        self._connection.exec_driver_sql(_COUNT_KINDS)
        holds = sa.select(products.c.sku).where(products.c.kind_id == product_kinds.c.id)
        is_empty = product_kinds.c.id.in_(sa.select(_touched.c.id)) & ~holds.exists()
        self._connection.execute(sa.delete(product_kinds).where(is_empty))

    def _remember_date(self) -> None:
        newest = self._connection.execute(sa.select(sa.func.max(products.c.catalog_date))).scalar()
        self._connection.execute(sa.delete(catalog_meta).where(catalog_meta.c.key == DATE_KEY))
        if isinstance(newest, date):
            row = {"key": DATE_KEY, "value": newest.isoformat()}
            self._connection.execute(sa.insert(catalog_meta).values(**row))

    def _insert(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._connection.execute(sa.insert(table), rows)

    def _drop(self) -> None:
        for table in _STAGED.sorted_tables:
            self._connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table.name}")

    def _dialect(self) -> Any:
        return sqlite if self._connection.dialect.name == "sqlite" else postgresql


_SAME_KEY = products.c.sku_key == _products.c.sku_key
_IS_ABSENT = ~sa.select(_products.c.sku).where(_products.c.sku == products.c.sku).exists()


def gather_statistics(connection: Connection) -> None:
    """Tells the database how many rows there are now, so that it goes about queries well."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA analysis_limit=1000")
    for table in (products, product_kinds, kind_links, price_breaks):
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def _columns(product: Product, kind: dict[str, Any]) -> dict[str, Any]:
    values = {name: getattr(product, name) for name in _PLAIN_COLUMNS}
    key = sku_key(product.sku)
    return {
        **values,
        "sku_key": key,
        "sku_key_reversed": key[::-1],
        "kind_id": kind["id"],
        "rank": kind["rank"],
        "compatible_with": LIST_SEPARATOR.join(product.compatible_with),
    }


def _step_rows(product: Product) -> Iterator[dict[str, Any]]:
    for step in product.price_breaks:
        yield {"sku": product.sku, **asdict(step)}


def _link_rows(kind_id: str, links: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for place, link in enumerate(links):
        yield {"kind_id": kind_id, "link": link, "position": place}
