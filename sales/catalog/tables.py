"""Tables of the catalog. Money is in US cents; rows are written by the importer alone."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sales.database import Base

DATE_KEY = "catalog_date"  # in catalog_meta
PRICE_ON_REQUEST = 2_147_483_647  # cents; sorts behind every price
BY_RANK, BY_FAMILY, BY_FIBERS = (
    "product_kinds_by_rank", "product_kinds_by_family", "product_kinds_by_fibers",
)  # fmt: skip
BY_NUMBER = "product_kinds_by_number"
PRODUCTS_BY_KIND, PRODUCTS_BY_LENGTH = "products_by_kind", "products_by_length"

# Compared byte by byte on both databases, so that a range of keys can use the index.
KEY = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")

product_kinds = sa.Table(  # what products that differ in length, price and stock have in common
    "product_kinds",
    Base.metadata,
    sa.Column("id", sa.String(16), primary_key=True),  # a hash of the columns down to `words`
    sa.Column("family", sa.String(3), nullable=False),
    sa.Column("brand", sa.String(8), nullable=False),
    sa.Column("fiber", sa.String(4), nullable=False),
    sa.Column("connector_a", sa.String(8), nullable=False),
    sa.Column("connector_b", sa.String(8), nullable=False),
    sa.Column("gender_a", sa.String(1), nullable=False),
    sa.Column("polarity", sa.String(2), nullable=False),
    sa.Column("polish", sa.String(4), nullable=False),
    sa.Column("loss_grade", sa.String(4), nullable=False),
    sa.Column("jacket", sa.String(8), nullable=False),
    sa.Column("fibers", sa.Integer),
    sa.Column("rank", sa.Integer, nullable=False),  # smaller is shown first
    sa.Column("words", sa.Text, nullable=False),  # lower case, each once, for word search
    sa.Column("products", sa.Integer, nullable=False),  # how many there are
    sa.Column("min_price_cents", sa.Integer),  # PRICE_ON_REQUEST where none has one
    sa.Column("max_stock", sa.Integer, nullable=False, server_default="0"),
    sa.Column("shortest_m", sa.Float),
    sa.Column("longest_m", sa.Float),
    sa.Column("number", sa.BigInteger, nullable=False),  # by which SQLite's text search knows it
    sa.Index(BY_FAMILY, "family", "fiber", "fibers", "connector_a", "polarity", "products"),
    sa.Index(  # the order in which they are shown, with all that most searches ask about
        BY_RANK,
        "rank",
        "min_price_cents",
        "id",
        "family",
        "fiber",
        "fibers",
        "connector_a",
        "connector_b",
        "polarity",
        "polish",
        "jacket",
        "loss_grade",
        "gender_a",
        "brand",
        "max_stock",
    ),
    sa.Index(BY_FIBERS, "fibers", "family", "fiber"),
    sa.Index(BY_NUMBER, "number", unique=True),
)

# SQLite only: the full-text index of `product_kinds.words`, kept by triggers (migration 0006).
kind_words = sa.table("kind_words", sa.column("rowid"))


def among(is_sqlite: bool, column: Any, name: str) -> Any:
    """`column IN (...)` with one parameter of this name for all: a long list costs much to write.

    `listed` makes its value.
    """
    if is_sqlite:
        rows = sa.func.json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value")
        return column.in_(sa.select(rows.c.value))
    kind = postgresql.ARRAY(sa.BigInteger if isinstance(column.type, sa.BigInteger) else sa.Text)
    return column == sa.any_(sa.cast(sa.bindparam(name, type_=kind), kind))


def listed(is_sqlite: bool, values: list[Any]) -> Any:
    """What the parameter of `among` takes."""
    return json.dumps(values) if is_sqlite else values


def word_grams(column: Any) -> Any:
    """PostgreSQL only: every three letters in a row, as an array that an index holds."""
    return sa.func.word_grams(column, type_=postgresql.ARRAY(sa.Text))


kind_links = sa.Table(
    "kind_links",
    Base.metadata,
    sa.Column("link", sa.String(64), primary_key=True),
    sa.Column("kind_id", sa.ForeignKey("product_kinds.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Index("kind_links_by_kind", "kind_id"),
)

products = sa.Table(
    "products",
    Base.metadata,
    sa.Column("sku", KEY, primary_key=True),
    sa.Column("sku_key", KEY, nullable=False),  # letters and digits alone
    sa.Column("sku_key_reversed", KEY, nullable=False),
    sa.Column("kind_id", sa.ForeignKey("product_kinds.id"), nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),  # its kind's
    sa.Column("brand", sa.String(8), nullable=False),
    sa.Column("family", sa.String(3), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("fiber", sa.String(4), nullable=False),
    sa.Column("connector_a", sa.String(8), nullable=False),
    sa.Column("connector_b", sa.String(8), nullable=False),
    sa.Column("gender_a", sa.String(1), nullable=False),
    sa.Column("gender_b", sa.String(1), nullable=False),
    sa.Column("polarity", sa.String(2), nullable=False),
    sa.Column("polish", sa.String(4), nullable=False),
    sa.Column("loss_grade", sa.String(4), nullable=False),
    sa.Column("max_insertion_loss_db", sa.Float),
    sa.Column("min_return_loss_db", sa.Float),
    sa.Column("jacket", sa.String(8), nullable=False),
    sa.Column("construction", sa.String(24), nullable=False),
    sa.Column("length_m", sa.Float),
    sa.Column("fibers", sa.Integer),
    sa.Column("price_cents", sa.Integer),  # NULL: on request
    sa.Column("stock", sa.Integer, nullable=False),
    sa.Column("lead_time_text", sa.Text, nullable=False),
    sa.Column("catalog_date", sa.Date, nullable=False),
    sa.Column("is_sample", sa.Boolean, nullable=False),
    sa.Column("compatible_with", sa.Text, nullable=False),  # family codes, ";" between
    sa.Column("image_hint", sa.Text, nullable=False),
    sa.Column("datasheet_facts", sa.Text, nullable=False),
    sa.Column("notes", sa.Text, nullable=False),
    sa.CheckConstraint("price_cents IS NULL OR price_cents >= 0", name="products_price"),
    sa.CheckConstraint("stock >= 0", name="products_stock"),
    sa.Index("products_by_key", "sku_key", unique=True),
    sa.Index("products_by_key_reversed", "sku_key_reversed"),
    sa.Index(PRODUCTS_BY_KIND, "kind_id", "length_m", "price_cents", "stock", "rank", "sku"),
    sa.Index(PRODUCTS_BY_LENGTH, "length_m", "kind_id", "price_cents", "stock"),
    sa.Index("products_by_family", "family", "sku"),
)

price_breaks = sa.Table(
    "price_breaks",
    Base.metadata,
    sa.Column("sku", sa.ForeignKey("products.sku", ondelete="CASCADE"), primary_key=True),
    sa.Column("from_quantity", sa.Integer, primary_key=True),
    sa.Column("price_cents", sa.Integer, nullable=False),
    sa.CheckConstraint("from_quantity > 1", name="price_breaks_quantity"),
)

catalog_meta = sa.Table(
    "catalog_meta",
    Base.metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
