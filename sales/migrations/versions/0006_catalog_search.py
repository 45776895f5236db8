"""What catalog searches need to stay fast at any size: indexes, limits of kinds, text search.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PRICE_ON_REQUEST = 2_147_483_647
NEW_IN_KINDS = (
    "max_stock INTEGER NOT NULL DEFAULT 0",
    "shortest_m {double}",
    "longest_m {double}",
    "number BIGINT NOT NULL DEFAULT 0",
)
CHANGED = {  # index -> table, columns from now on, columns before
    "product_kinds_by_family": (
        "product_kinds",
        ["family", "fiber", "fibers", "connector_a", "polarity", "products"],
        ["family", "fiber", "connector_a"],
    ),
    "products_by_kind": (
        "products",
        ["kind_id", "length_m", "price_cents", "stock", "rank", "sku"],
        ["kind_id", "length_m"],
    ),
}
NEW = {
    "product_kinds_by_rank": (
        "product_kinds",
        [
            "rank", "min_price_cents", "id", "family", "fiber", "fibers", "connector_a",
            "connector_b", "polarity", "polish", "jacket", "loss_grade", "gender_a", "brand",
            "max_stock",
        ],
    ),
    "product_kinds_by_fibers": ("product_kinds", ["fibers", "family", "fiber"]),
    "products_by_length": ("products", ["length_m", "kind_id", "price_cents", "stock"]),
    "products_by_family": ("products", ["family", "sku"]),
}  # fmt: skip
COUNT_KINDS = f"""
UPDATE product_kinds
SET min_price_cents = coalesce(min_price_cents, {PRICE_ON_REQUEST}), max_stock = found.stock,
    shortest_m = found.shortest, longest_m = found.longest
FROM (
  SELECT kind_id, max(stock) AS stock, min(length_m) AS shortest, max(length_m) AS longest
  FROM products GROUP BY kind_id
) AS found
WHERE found.kind_id = product_kinds.id
"""  # noqa: S608  # a constant of ours
RANK_PRODUCTS = """
UPDATE products SET rank = product_kinds.rank
FROM product_kinds WHERE product_kinds.id = products.kind_id
"""
UNCOUNT_KINDS = (
    f"UPDATE product_kinds SET min_price_cents = NULL WHERE min_price_cents = {PRICE_ON_REQUEST}"  # noqa: S608
)
FILL, FORGET = (
    "INSERT INTO kind_words(rowid, words) VALUES (new.number, new.words);",
    "INSERT INTO kind_words(kind_words, rowid, words) VALUES ('delete', old.number, old.words);",
)
TRIGGERS = {
    "kind_words_added": f"AFTER INSERT ON product_kinds BEGIN {FILL} END",
    "kind_words_removed": f"AFTER DELETE ON product_kinds BEGIN {FORGET} END",
    "kind_words_changed": f"AFTER UPDATE OF words, number ON product_kinds "
    f"BEGIN {FORGET} {FILL} END",
}
WORD_GRAMS = """
CREATE OR REPLACE FUNCTION word_grams(words text) RETURNS text[] LANGUAGE sql
IMMUTABLE STRICT PARALLEL SAFE
COST 10000 -- to be looked up in its index, not computed for every row
AS $$
  SELECT coalesce(array_agg(DISTINCT substr(words, place, 3)), '{}')
  FROM generate_series(1, length(words) - 2) AS place
$$
"""


def upgrade() -> None:
    """Adds columns, indexes and the text index, and fills them from what is there."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for column in NEW_IN_KINDS:
        column = column.format(double="FLOAT")
        op.execute(f"ALTER TABLE product_kinds ADD COLUMN {column}")
    op.execute("ALTER TABLE products ADD COLUMN rank INTEGER NOT NULL DEFAULT 0")
    _number_kinds()
    op.execute(COUNT_KINDS)
    op.execute(RANK_PRODUCTS)
    for name, (table, columns, _) in CHANGED.items():
        op.drop_index(name, table)
        op.create_index(name, table, columns)
    for name, (table, columns) in NEW.items():
        op.create_index(name, table, columns)
    op.create_index("product_kinds_by_number", "product_kinds", ["number"], unique=True)
    if is_sqlite:
        _create_full_text()
    else:
        op.execute("ALTER TABLE product_kinds ALTER COLUMN number DROP DEFAULT")
        op.execute("ALTER TABLE products ALTER COLUMN rank DROP DEFAULT")
        op.execute(WORD_GRAMS)
        op.execute(
            "CREATE INDEX product_kinds_by_words ON product_kinds USING gin (word_grams(words))"
        )
    for table in ("products", "product_kinds", "kind_links", "price_breaks"):
        op.execute(f"ANALYZE {table}")


def downgrade() -> None:
    """Takes all of that away; every product stays."""
    if op.get_bind().dialect.name == "sqlite":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE kind_words")
    else:
        op.drop_index("product_kinds_by_words", "product_kinds")
        op.execute("DROP FUNCTION word_grams(text)")
    op.drop_index("product_kinds_by_number", "product_kinds")
    for name, (table, _) in NEW.items():
        op.drop_index(name, table)
    for name, (table, _, columns) in CHANGED.items():
        op.drop_index(name, table)
        op.create_index(name, table, columns)
    op.execute(UNCOUNT_KINDS)
    op.execute("ALTER TABLE products DROP COLUMN rank")
    for column in NEW_IN_KINDS:
        op.execute(f"ALTER TABLE product_kinds DROP COLUMN {column.split()[0]}")


def _number_kinds() -> None:
    """A kind's number is its id, 16 hexadecimal digits, as a signed 64-bit integer."""
    connection = op.get_bind()
    ids = connection.execute(sa.text("SELECT id FROM product_kinds")).scalars().all()
    rows = [
        {"kind": kind, "number": int.from_bytes(bytes.fromhex(kind), "big", signed=True)}
        for kind in ids
    ]
    if rows:
        statement = sa.text("UPDATE product_kinds SET number = :number WHERE id = :kind")
        connection.execute(statement, rows)


def _create_full_text() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE kind_words USING fts5(words, content='product_kinds', "
        "content_rowid='number', tokenize='trigram')"
    )
    op.execute("INSERT INTO kind_words(kind_words) VALUES ('rebuild')")
    for name, body in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {body}")
