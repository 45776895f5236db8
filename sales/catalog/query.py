"""What is asked of the catalog. No database here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ProductQuery:
    """What a product must be. None, "" and False mean that it does not matter."""

    brand: str | None = None  # MTP or MPO; unbranded tools and optics with an MPO fit both
    family: str | None = None
    connector: str | None = None  # at either end: MPO-12, LC (duplex or uniboot), SN, ...
    fiber: str | None = None  # a grade, or MM or SM for any grade of that mode
    fibers: int | None = None
    polarity: str | None = None
    polish: str | None = None
    gender: str | None = None  # of end A; a field-changeable end fits either
    jacket: str | None = None
    loss_grade: str | None = None
    length_m: float | None = None
    length_ft: float | None = None  # how the length was asked for, if in feet
    application: str | None = None  # a link's name
    max_price_cents: int | None = None
    in_stock: bool = False
    pieces: int | None = None  # that must be in stock, with in_stock
    words: str = ""  # each must appear in title, description, notes or family words; no numbers
    sort: Literal["best", "cheapest", "longest", "shortest"] = "best"
