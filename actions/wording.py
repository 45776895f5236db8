"""Products and figures as the visitor reads them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sales.catalog.product import Product

RATES = {1_600: "1.6T", 3_200: "3.2T"}
CHOICES = {
    "fiber": {"SM": "single mode", "MM": "multimode"},
    "rework": {"yes": "rework matters", "no": "no rework"},
    "loss_sensitivity": {"high": "sensitive to loss", "low": "not sensitive to loss"},
    "budget": {
        "tight": "lowest price",
        "balanced": "balanced budget",
        "performance": "performance first",
    },
}


def rate_text(gbps: int) -> str:
    """400 -> "400G", 1600 -> "1.6T"."""
    return RATES.get(gbps, f"{gbps}G")


def fact_text(slot: str, value: Any) -> str:
    """A slot's value in a few words, "" where there is nothing to say."""
    if value in (None, "unsure"):
        return ""
    if slot == "data_rate":
        return rate_text(value)
    if slot == "distance_m":
        return f"{value:g} m"
    return CHOICES.get(slot, {}).get(value, str(value) if slot == "fiber" else "")


def product_line(number: int, product: Product) -> str:
    """One product as a numbered line: part number, title, price, stock, what it meets."""
    return (
        f"{number}. {product.sku}: {product.title}\n   {price_and_stock(product)}{_meets(product)}"
    )


def price_and_stock(product: Product) -> str:
    """ "$116.00 each, 42 in stock"."""
    price = f"{product.price_usd} each" if product.price_cents is not None else product.price_usd
    return f"{price}, {f'{product.stock} in stock' if product.in_stock else 'not in stock'}"


def _meets(product: Product) -> str:
    loss = product.max_insertion_loss_db
    meets = [
        product.brand and f"{product.brand} brand",
        f"at most {loss:.2f} dB" if loss is not None else "",
        product.polish and f"{product.polish} polish",
        f"type {product.polarity}" if product.polarity != "NA" else "",
    ]
    told = ", ".join(part for part in meets if part)
    return f"\n   {told}" if told else ""


def product_lines(products: Iterable[Product]) -> str:
    """The products as a numbered list."""
    return "\n".join(product_line(n, product) for n, product in enumerate(products, start=1))


def sample_note(products: Iterable[Product]) -> str:
    """Says so when the catalog is the sample one."""
    return " (sample data)" if any(product.is_sample for product in products) else ""


def day(date_: date | None) -> str:
    """A date as "2026-11-22"."""
    return date_.isoformat() if date_ else "unknown date"


def side_by_side(products: list[Product]) -> str:
    """The products compared attribute by attribute; only what differs is told apart."""
    rows = []
    for title, values in _attributes(products).items():
        if any(values):
            told = [value or "-" for value in values]
            same = len(set(told)) == 1
            rows.append(
                f"- {title}: {told[0]} (the same)" if same else f"- {title}: {' | '.join(told)}"
            )
    heads = [f"{n}. {product.sku}: {product.title}" for n, product in enumerate(products, start=1)]
    return "\n".join([*heads, "", *rows])


def _attributes(products: list[Product]) -> dict[str, list[str]]:
    return {
        "Price": [price_and_stock(p) for p in products],
        "Brand": [p.brand for p in products],
        "Fiber": [p.fiber for p in products],
        "Connectors": [
            " to ".join(c for c in (p.connector_a, p.connector_b) if c) for p in products
        ],
        "Fibers": [str(p.fibers or "") for p in products],
        "Length": [p.length_text for p in products],
        "Polarity": ["" if p.polarity == "NA" else p.polarity for p in products],
        "Polish": [p.polish for p in products],
        "Largest insertion loss": [_db(p.max_insertion_loss_db) for p in products],
        "Smallest return loss": [_db(p.min_return_loss_db) for p in products],
        "Jacket": [p.jacket for p in products],
    }


def _db(value: float | None) -> str:
    return "" if value is None else f"{value:g} dB"
