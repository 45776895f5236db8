"""What is asked about the products shown: "the loss of that", "is it type B?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from actions.wording import attributes_of
from sales.catalog.product import Product
from sales.reference.values import fiber_mode

ATTRIBUTES = {  # label in attributes_of: the words that ask for it
    "Smallest return loss": r"\breturn[- ]loss\b|\breflect\w+",
    "Largest insertion loss": r"\binsertion[- ]loss\b|(?<!return )(?<!return-)\bloss\b|\bdb\b",
    "Polarity": r"\bpolarity\b|\btype[- ]?[abc]\b",
    "Polish": r"\bpolish\b|\b(?:apc|upc|angled|flat)\b",
    "Jacket": r"\bjackets?\b|\b(?:plenum|riser|lszh|ofnp|ofnr)\b",
    "Connectors": r"\bconnectors?\b|\bplugs?\b",
    "Fibers": r"\bhow many (?:fib(?:er|re)s|strands|cores)\b|\bfib(?:er|re) count\b",
    "Fiber": r"\bo[ms][1-5]\b|\b(?:which|what|kind of|type of) fib(?:er|re)\b"
    r"|\b(?:single|multi)[- ]?mode\b",
    "Length": r"\bhow long\b|\blength\b",
    "Brand": r"\bbrand\b|\bwho (?:makes|made)\b|\bmanufacturer\b",
}
_READ = {label: re.compile(words, re.IGNORECASE) for label, words in ATTRIBUTES.items()}
_IS_IT = re.compile(
    r"^\W*(?:(?:and|so|but|ok)\W+)*(?:is|are) (?:it|that|this|they|these|those)\b", re.IGNORECASE
)
FACTS = ("polarity", "polish", "jacket", "fiber", "fibers")  # fields of a product


def attributes_asked(text: str) -> tuple[str, ...]:
    """The attributes that a text names, by their labels."""
    return tuple(label for label, words in _READ.items() if words.search(text))


def is_it(text: str) -> bool:
    """Whether a text asks if what was shown is something: "is it plenum"."""
    return _IS_IT.search(text) is not None


def fact_rows(products: Sequence[Product], labels: Sequence[str]) -> str:
    """A line for each product: its number and what was asked about it."""
    rows = []
    for product in products:
        known = attributes_of(product)
        told = ", ".join(f"{label.lower()}: {known[label] or '-'}" for label in labels)
        rows.append(f"- {product.sku}: {told}")
    return "\n".join(rows)


def verdict(products: Sequence[Product], asked: dict[str, Any]) -> str:
    """ "Yes." when every product is what was asked, "No." when none is, else "Not all of them." """
    hits = [all(_is(product, name, value) for name, value in asked.items()) for product in products]
    if all(hits):
        return "Yes."
    return "Not all of them." if any(hits) else "No."


def _is(product: Product, name: str, value: Any) -> bool:
    own = getattr(product, name)
    return own == value or (name == "fiber" and fiber_mode(str(own)) == value)
