"""Richer forms of an answer for clients that can draw them; docs/protocol.md is the schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from actions.wording import attributes_of, price_text, stock_text
from sales.catalog.product import Product
from sales.reference.values import Comparison

FACTS = ("Brand", "Fiber", "Connectors", "Polarity", "Polish", "Largest insertion loss", "Length")
BRANDS = ("MTP", "MPO")


def products_payload(products: Iterable[Product], intro: str, note: str) -> dict[str, Any]:
    """Cards with price, stock and what each product meets."""
    return {
        "kind": "products",
        "intro": intro,
        "note": note,
        "items": [_card(product) for product in products],
    }


def _card(product: Product) -> dict[str, Any]:
    facts = attributes_of(product)
    return {
        "sku": product.sku,
        "title": product.title,
        "brand": product.brand,
        "price": price_text(product),
        "stock": stock_text(product),
        "in_stock": product.in_stock,
        "facts": [{"label": name, "value": facts[name]} for name in FACTS if facts[name]],
    }


def brands_payload(rows: Iterable[Comparison], intro: str, note: str) -> dict[str, Any]:
    """MTP against MPO, side by side."""
    return {
        "kind": "comparison",
        "intro": intro,
        "note": note,
        "columns": list(BRANDS),
        "rows": [_brand_row(row) for row in rows],
    }


def _brand_row(row: Comparison) -> dict[str, Any]:
    better = {"better": BRANDS.index(row.better)} if row.better in BRANDS else {}
    return {"label": row.title, "values": [row.mtp, row.mpo], **better}


def side_by_side_payload(products: Sequence[Product], note: str) -> dict[str, Any]:
    """Products compared attribute by attribute; attributes that none has are left out."""
    columns: list[Mapping[str, str]] = [attributes_of(product) for product in products]
    rows = [{"label": name, "values": [c[name] or "-" for c in columns]} for name in columns[0]]
    return {
        "kind": "comparison",
        "intro": "",
        "note": note,
        "columns": [product.sku for product in products],
        "rows": [row for row in rows if set(row["values"]) != {"-"}],
    }
