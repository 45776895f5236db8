"""Tables of sourced figures. Seeded from data/reference by `seed_reference`."""

from __future__ import annotations

import sqlalchemy as sa

from sales.database import Base

sources = sa.Table(
    "reference_sources",
    Base.metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
)

links = sa.Table(
    "ethernet_links",
    Base.metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("family", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("rate_gbps", sa.Integer, nullable=False, index=True),
    sa.Column("standard", sa.Text, nullable=False),
    sa.Column("clause", sa.Integer),
    sa.Column("lanes_per_direction", sa.Integer, nullable=False),
    sa.Column("lane_rate_gbps", sa.Integer, nullable=False),
    sa.Column("modulation", sa.String(8), nullable=False),
    sa.Column("wavelengths_nm", sa.JSON, nullable=False),
    sa.Column("fiber_mode", sa.String(2), nullable=False),
    sa.Column("topology", sa.String(16), nullable=False),
    sa.Column("connector", sa.String(64), nullable=False),
    sa.Column("polish", sa.String(64), nullable=False),
    sa.Column("fibers_used", sa.Integer, nullable=False),
    sa.Column("aliases", sa.JSON, nullable=False),
    sa.Column("breakout", sa.JSON, nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("confidence", sa.String(24), nullable=False),
    sa.Column("field_confidence", sa.JSON, nullable=False),
    sa.Column("notes", sa.Text, nullable=False),
)

link_fibers = sa.Table(
    "ethernet_link_fibers",
    Base.metadata,
    sa.Column("link", sa.ForeignKey("ethernet_links.name", ondelete="CASCADE"), primary_key=True),
    sa.Column("fiber", sa.String(8), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("reach_m", sa.Float, nullable=False),
    sa.Column("max_loss_db", sa.Float),
)

components = sa.Table(
    "components",
    Base.metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("figures", sa.JSON, nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("confidence", sa.String(24), nullable=False),
    sa.Column("notes", sa.Text, nullable=False),
)

comparisons = sa.Table(
    "comparisons",
    Base.metadata,
    sa.Column("feature", sa.String(32), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("mtp", sa.Text, nullable=False),
    sa.Column("mpo", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("better", sa.String(8), nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
)

facts = sa.Table(
    "facts",
    Base.metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("confidence", sa.String(24), nullable=False),
    sa.Column("notes", sa.Text, nullable=False),
)
