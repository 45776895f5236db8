"""What a query asks for, apart from the values it asks for: queries of one shape share a statement.

To make a statement of SQLAlchemy's takes four times as long as to run it. So each is made once for
a shape, with parameters where the values belong, and `values` fills those.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from sales.catalog.product import FAMILIES
from sales.catalog.query import ProductQuery
from sales.catalog.words import searched_words

MULTIMODE_GRADES = ("OM3", "OM4", "OM5", "MM")
SINGLE_MODE_GRADES = ("OS2", "SM")
CONNECTOR_NAMES = {
    "LC": ("LC-D", "LC-U"), "SN": ("SN-D",), "CS": ("CS-D",), "MDC": ("MDC-D",), "MMC": ("MMC-16",),
}  # fmt: skip
ANY_GENDER = "X"
RANKS_PER_FAMILY = 100
SAME_LENGTH_M = 0.005
ESCAPE = "/"  # before a wildcard that is meant as a letter
NAMES = (  # fields of a query that are words
    "brand", "family", "connector", "fiber", "polarity", "polish", "gender", "jacket",
    "loss_grade", "application",
)  # fmt: skip


def shape_of(query: ProductQuery) -> ProductQuery:
    """The query with the same value for everything that is asked."""
    given: dict[str, Any] = {name: "?" for name in NAMES if getattr(query, name)}
    return ProductQuery(
        **given,
        fibers=1 if query.fibers else None,
        length_m=None if query.length_m is None else 1.0,
        max_price_cents=None if query.max_price_cents is None else 1,
        in_stock=query.in_stock,
        words=" ".join("?" for _ in searched_words(query.words)),
        sort=query.sort,
    )


def value(name: str) -> Any:
    """Where a value of the query belongs in a statement."""
    return sa.bindparam(name)


def one_of(name: str) -> Any:
    """Where several values belong, of which one is to fit."""
    return sa.bindparam(name, expanding=True)


def values(query: ProductQuery) -> dict[str, Any]:
    """What to put into a statement of the query's shape."""
    found: dict[str, Any] = {name: getattr(query, name) for name in NAMES}
    found["fibers"], found["max_price_cents"] = query.fibers, query.max_price_cents
    if query.connector:
        found["connectors"] = _connectors(query)
    if query.fiber:
        found["grades"] = _grades(query.fiber)
    if query.gender:
        found["genders"] = (query.gender, ANY_GENDER)
    if query.family:
        found["first_rank"], found["last_rank"] = _ranks(query.family)
    if query.length_m is not None:
        found["shortest_m"] = query.length_m - SAME_LENGTH_M
        found["longest_m"] = query.length_m + SAME_LENGTH_M
    if query.in_stock:
        found["pieces"] = max(1, query.pieces or 1)
    for number, word in enumerate(searched_words(query.words)):
        found[f"word{number}"] = _escaped(word)
    return found


def _connectors(query: ProductQuery) -> tuple[str, ...]:
    """Eight fibers on an MPO-12 are also sold as MPO-8, the same plug with empty positions."""
    asked = query.connector or ""
    if asked == "MPO-12" and query.fibers == 8:
        return ("MPO-12", "MPO-8")
    return CONNECTOR_NAMES.get(asked, (asked,))


def _grades(fiber: str) -> tuple[str, ...]:
    """A grade and the hardware for any grade of its mode."""
    if fiber == "MM":
        return MULTIMODE_GRADES
    if fiber == "SM":
        return SINGLE_MODE_GRADES
    return (fiber, "MM") if fiber.startswith("OM") else (fiber, "SM")


def _ranks(family: str) -> tuple[int, int]:
    """The first and the last rank of the family's kinds; an unknown family has none."""
    if family not in FAMILIES:
        return 0, -1
    first = list(FAMILIES).index(family) * RANKS_PER_FAMILY
    return first, first + RANKS_PER_FAMILY - 1


def _escaped(word: str) -> str:
    for letter in (ESCAPE, "%", "_"):
        word = word.replace(letter, ESCAPE + letter)
    return word
