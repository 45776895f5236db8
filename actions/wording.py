"""Products and figures as the visitor reads them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sales.catalog.product import Product
from sales.catalog.wording import FIBER_WORDS
from sales.contact import CONTACT_EMAIL, CONTACT_PHONE
from sales.reference.values import rate_text

CHOICES = {
    "fiber": FIBER_WORDS,
    "rework": {"yes": "rework matters", "no": "no rework"},
    "loss_sensitivity": {"high": "sensitive to loss", "low": "not sensitive to loss"},
    "budget": {
        "tight": "lowest price",
        "balanced": "balanced budget",
        "performance": "performance first",
    },
}


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


def price_text(product: Product) -> str:
    """ "$116.00 each", or "price on request"."""
    return f"{product.price_usd} each" if product.price_cents is not None else product.price_usd


def stock_text(product: Product) -> str:
    """ "42 in stock"."""
    return f"{product.stock} in stock" if product.in_stock else "not in stock"


def price_and_stock(product: Product) -> str:
    """ "$116.00 each, 42 in stock"."""
    return f"{price_text(product)}, {stock_text(product)}"


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


def catalog_note(date_: date | None, products: Iterable[Product]) -> str:
    """Of which day prices and stock are, whether they are samples, and how to get a quote."""
    sample = " (sample data)" if any(product.is_sample for product in products) else ""
    of_day = date_.isoformat() if date_ else "unknown date"
    quote = f"For a quote: {CONTACT_PHONE} or {CONTACT_EMAIL}."
    return f"Prices and stock: catalog of {of_day}{sample}. {quote}"


def side_by_side(products: list[Product]) -> str:
    """The products compared attribute by attribute; only what differs is told apart."""
    columns = [attributes_of(product) for product in products]
    rows = []
    for title in columns[0]:
        told = [column[title] or "-" for column in columns]
        same = len(set(told)) == 1
        if set(told) != {"-"}:
            rows.append(
                f"- {title}: {told[0]} (the same)" if same else f"- {title}: {' | '.join(told)}"
            )
    heads = [f"{n}. {product.sku}: {product.title}" for n, product in enumerate(products, start=1)]
    return "\n".join([*heads, "", *rows])


def attributes_of(product: Product) -> dict[str, str]:
    """What a buyer compares, by its label; "" where it does not apply."""
    return {
        "Price": price_text(product),
        "Stock": stock_text(product),
        "Brand": product.brand,
        "Fiber": product.fiber,
        "Connectors": " to ".join(filter(None, (product.connector_a, product.connector_b))),
        "Fibers": str(product.fibers or ""),
        "Length": product.length_text,
        "Polarity": "" if product.polarity == "NA" else f"Type {product.polarity}",
        "Polish": product.polish,
        "Largest insertion loss": _db(product.max_insertion_loss_db),
        "Smallest return loss": _db(product.min_return_loss_db),
        "Jacket": product.jacket,
    }


def _db(value: float | None) -> str:
    return "" if value is None else f"{value:g} dB"
