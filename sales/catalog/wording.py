"""What a product is or shall be, in words. No database here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sales.catalog.product import FAMILIES, metres, usd

GENDER_WORDS = {"M": "pinned", "F": "unpinned", "X": "field changeable", "": ""}
JACKET_WORDS = {
    "OFNP": "plenum (OFNP)",
    "OFNR": "riser (OFNR)",
    "LSZH": "zero halogen (LSZH)",
    "OSP": "outdoor (OSP)",
    "IND": "indoor/outdoor",
}
GRADE_WORDS = {"STD": "standard loss", "LL": "low loss", "ULL": "ultra low loss"}
BRAND_WORDS = {"MPO": "generic MPO"}
FIBER_WORDS = {"SM": "single mode", "MM": "multimode"}
# Brand and family are said together, the length in meters alone, the order not at all.
NOT_SAID = ("brand", "family", "sort", "length_ft")


def query_text(query: Mapping[str, Any]) -> str:
    """ "MTP trunk cable, 12 fibers, OS2, MPO-12, type B, low loss, 30 m", of ProductQuery's fields.

    What does not matter is left out, and so is the order. "" when nothing matters.
    """
    wanted = {name: value for name, value in query.items() if value not in (None, "", False, "NA")}
    brand, family = str(wanted.get("brand", "")), str(wanted.get("family", ""))
    product = f"{BRAND_WORDS.get(brand, brand)} {FAMILIES.get(family, family)}".strip()
    known = [say(wanted[name]) for name, say in SAYINGS.items() if name in wanted]
    others = [
        f"{name}: {value}"
        for name, value in wanted.items()
        if name not in SAYINGS and name not in NOT_SAID
    ]
    return ", ".join(filter(None, (product, *known, *others)))


def _named(words: Mapping[str, str]) -> Callable[[Any], str]:
    return lambda value: words.get(str(value), str(value))


def _measured(say: Callable[[Any], str], text: str = "{}") -> Callable[[Any], str]:
    """What is no number is said as it is."""
    return lambda value: text.format(say(value) if isinstance(value, int | float) else value)


SAYINGS: Mapping[str, Callable[[Any], str]] = {  # in the order in which they are read
    "fibers": lambda count: f"{count} fibers",
    "fiber": _named(FIBER_WORDS),
    "connector": str,
    "polarity": lambda polarity: f"type {polarity}",
    "polish": str,
    "gender": _named(GENDER_WORDS),
    "jacket": _named(JACKET_WORDS),
    "loss_grade": _named(GRADE_WORDS),
    "length_m": _measured(metres),
    "application": lambda link: f"for {link}",
    "words": str,
    "max_price_cents": _measured(usd, "at most {} each"),
    "in_stock": lambda _: "in stock",
    "pieces": lambda count: f"{count} pieces",
}
