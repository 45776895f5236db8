"""The catalog and the reference tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalog_meta",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "comparisons",
        sa.Column("feature", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("mtp", sa.Text(), nullable=False),
        sa.Column("mpo", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("better", sa.String(length=8), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("feature"),
    )
    op.create_table(
        "components",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.String(length=24), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "ethernet_links",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("family", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("rate_gbps", sa.Integer(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("clause", sa.Integer(), nullable=True),
        sa.Column("lanes_per_direction", sa.Integer(), nullable=False),
        sa.Column("lane_rate_gbps", sa.Integer(), nullable=False),
        sa.Column("modulation", sa.String(length=8), nullable=False),
        sa.Column("wavelengths_nm", sa.JSON(), nullable=False),
        sa.Column("fiber_mode", sa.String(length=2), nullable=False),
        sa.Column("topology", sa.String(length=16), nullable=False),
        sa.Column("connector", sa.String(length=64), nullable=False),
        sa.Column("polish", sa.String(length=64), nullable=False),
        sa.Column("fibers_used", sa.Integer(), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("breakout", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.String(length=24), nullable=False),
        sa.Column("field_confidence", sa.JSON(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(
        op.f("ix_ethernet_links_rate_gbps"), "ethernet_links", ["rate_gbps"], unique=False
    )
    op.create_table(
        "product_kinds",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("family", sa.String(length=3), nullable=False),
        sa.Column("brand", sa.String(length=8), nullable=False),
        sa.Column("fiber", sa.String(length=4), nullable=False),
        sa.Column("connector_a", sa.String(length=8), nullable=False),
        sa.Column("connector_b", sa.String(length=8), nullable=False),
        sa.Column("gender_a", sa.String(length=1), nullable=False),
        sa.Column("polarity", sa.String(length=2), nullable=False),
        sa.Column("polish", sa.String(length=4), nullable=False),
        sa.Column("loss_grade", sa.String(length=4), nullable=False),
        sa.Column("jacket", sa.String(length=8), nullable=False),
        sa.Column("fibers", sa.Integer(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("products", sa.Integer(), nullable=False),
        sa.Column("min_price_cents", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "product_kinds_by_family", "product_kinds", ["family", "fiber", "connector_a"], unique=False
    )
    op.create_table(
        "reference_sources",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "ethernet_link_fibers",
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("fiber", sa.String(length=8), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reach_m", sa.Float(), nullable=False),
        sa.Column("max_loss_db", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["link"], ["ethernet_links.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link", "fiber"),
    )
    op.create_table(
        "kind_links",
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("kind_id", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["kind_id"], ["product_kinds.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link", "kind_id"),
    )
    op.create_index("kind_links_by_kind", "kind_links", ["kind_id"], unique=False)
    op.create_table(
        "products",
        sa.Column(
            "sku",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "sku_key",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "sku_key_reversed",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind_id", sa.String(length=16), nullable=False),
        sa.Column("brand", sa.String(length=8), nullable=False),
        sa.Column("family", sa.String(length=3), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("fiber", sa.String(length=4), nullable=False),
        sa.Column("connector_a", sa.String(length=8), nullable=False),
        sa.Column("connector_b", sa.String(length=8), nullable=False),
        sa.Column("gender_a", sa.String(length=1), nullable=False),
        sa.Column("gender_b", sa.String(length=1), nullable=False),
        sa.Column("polarity", sa.String(length=2), nullable=False),
        sa.Column("polish", sa.String(length=4), nullable=False),
        sa.Column("loss_grade", sa.String(length=4), nullable=False),
        sa.Column("max_insertion_loss_db", sa.Float(), nullable=True),
        sa.Column("min_return_loss_db", sa.Float(), nullable=True),
        sa.Column("jacket", sa.String(length=8), nullable=False),
        sa.Column("construction", sa.String(length=24), nullable=False),
        sa.Column("length_m", sa.Float(), nullable=True),
        sa.Column("fibers", sa.Integer(), nullable=True),
        sa.Column("price_cents", sa.Integer(), nullable=True),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("lead_time_text", sa.Text(), nullable=False),
        sa.Column("catalog_date", sa.Date(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("compatible_with", sa.Text(), nullable=False),
        sa.Column("image_hint", sa.Text(), nullable=False),
        sa.Column("datasheet_facts", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.CheckConstraint("price_cents IS NULL OR price_cents >= 0", name="products_price"),
        sa.CheckConstraint("stock >= 0", name="products_stock"),
        sa.ForeignKeyConstraint(
            ["kind_id"],
            ["product_kinds.id"],
        ),
        sa.PrimaryKeyConstraint("sku"),
    )
    op.create_index("products_by_key", "products", ["sku_key"], unique=True)
    op.create_index("products_by_key_reversed", "products", ["sku_key_reversed"], unique=False)
    op.create_index("products_by_kind", "products", ["kind_id", "length_m"], unique=False)
    op.create_table(
        "price_breaks",
        sa.Column(
            "sku",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("from_quantity", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_quantity > 1", name="price_breaks_quantity"),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sku", "from_quantity"),
    )


def downgrade() -> None:
    op.drop_table("price_breaks")
    op.drop_index("products_by_kind", table_name="products")
    op.drop_index("products_by_key_reversed", table_name="products")
    op.drop_index("products_by_key", table_name="products")
    op.drop_table("products")
    op.drop_index("kind_links_by_kind", table_name="kind_links")
    op.drop_table("kind_links")
    op.drop_table("ethernet_link_fibers")
    op.drop_table("reference_sources")
    op.drop_index("product_kinds_by_family", table_name="product_kinds")
    op.drop_table("product_kinds")
    op.drop_index(op.f("ix_ethernet_links_rate_gbps"), table_name="ethernet_links")
    op.drop_table("ethernet_links")
    op.drop_table("components")
    op.drop_table("comparisons")
    op.drop_table("catalog_meta")
