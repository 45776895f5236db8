"""Kinds of product: what a search filters on, shared by products of many lengths."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from sales.catalog.product import FAMILIES, FAMILY_WORDS, Product
from sales.catalog.tables import PRICE_ON_REQUEST
from sales.catalog.words import NUMBER_WORD
from sales.reference.values import fiber_mode

SHARED = (
    "family", "brand", "fiber", "connector_a", "connector_b", "gender_a", "polarity", "polish",
    "loss_grade", "jacket", "fibers",
)  # fmt: skip
NOT_COUNTED = {
    "products": 0, "min_price_cents": PRICE_ON_REQUEST, "max_stock": 0, "shortest_m": None,
    "longest_m": None,
}  # fmt: skip
GRADE_RANKS = {"LL": 0, "ULL": 1, "STD": 2, "": 0}


def kind_row(product: Product) -> dict[str, Any]:
    """The product's kind as a row; products of one kind give the same row."""
    shared = {name: getattr(product, name) for name in SHARED}
    shared |= {"rank": rank(product), "words": " ".join(sorted(set(words(product))))}
    identity = repr((tuple(shared.items()), product.applications))
    kind_id = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return {"id": kind_id, **shared, **NOT_COUNTED, "number": kind_number(kind_id)}


def kind_number(kind_id: str) -> int:
    """The kind's id as a signed 64-bit number."""
    return int.from_bytes(bytes.fromhex(kind_id), "big", signed=True)


def words(product: Product) -> Iterator[str]:
    """What a word search looks through, in lower case."""
    family = FAMILY_WORDS.get(product.family, "")
    text = " ".join((product.title, product.description, product.notes, family)).lower()
    for word in re.split(r"[\s,;()]+", text):
        if word and not NUMBER_WORD.fullmatch(word) and word != "m":
            yield word.rstrip(".:")


def rank(product: Product) -> int:
    """Smaller is shown first: by family, low loss, the usual kind, MTP before generic."""
    family = list(FAMILIES).index(product.family)
    grade = GRADE_RANKS[product.loss_grade]
    return family * 100 + grade * 20 + _oddities(product) * 2 + (product.brand == "MPO")


def _oddities(product: Product) -> int:
    """In how many ways it is not what most people order: Type B, plenum or riser, fixed gender."""
    return sum(
        (
            product.polish == "APC" and fiber_mode(product.fiber) == "MM",
            product.gender_a == "X",
            product.construction == "armored",
            product.jacket in ("LSZH", "OSP", "IND"),
            product.polarity in ("A", "C", "U1", "U2"),
        )
    )
