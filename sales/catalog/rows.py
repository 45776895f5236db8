"""One row of the catalog's CSV file, checked, and a product written back as such a row.

Lists are separated by ";", price breaks read "10:112.00;50:108.00" (from 10 pieces, 112.00 each).
Text that a spreadsheet would run as a formula is written with an apostrophe in front, and read
back without it.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from sales.catalog.product import PriceBreak, Product

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
GUARD = "'"
LIST_SEPARATOR = ";"
LARGEST_INTEGER = 2_000_000_000  # fits a 32-bit column
_PRICE_BREAK = re.compile(r"(\d{1,9}):(\d{1,9}(?:\.\d{1,2})?)", flags=re.ASCII)


def _blank_to_none(value: Any) -> Any:
    return None if value == "" else value


def _blank_to_false(value: Any) -> Any:
    return False if value == "" else value


def _split(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(LIST_SEPARATOR) if part.strip())


def _plain_number(value: Any) -> Any:
    """Digits as people write them; no exponent, infinity or underscore."""
    if isinstance(value, str) and value and not re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII):
        raise ValueError("write a plain number such as 12 or 12.50, without a unit")
    return _blank_to_none(value)


Plain = BeforeValidator(_plain_number)
Decibels = Annotated[Annotated[float, Field(ge=0, le=100)] | None, Plain]
Metres = Annotated[Annotated[float, Field(gt=0, le=10_000)] | None, Plain]
FiberCount = Annotated[Annotated[int, Field(ge=1, le=10_000)] | None, Plain]
Dollars = Annotated[Annotated[Decimal, Field(ge=0, le=10_000_000, decimal_places=2)] | None, Plain]
Texts = Annotated[tuple[str, ...], BeforeValidator(_split)]
Count = Annotated[int, Plain, Field(ge=0, le=LARGEST_INTEGER)]
Text = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")]


class CatalogRow(BaseModel):
    """The columns of the file, in order. Only those without a default must be there."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    sku: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9./+_-]{1,63}$")]
    brand: str = ""
    family: str
    title: Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[^\x00]*$")]
    description: Text = ""
    fiber: str = ""
    connector_a: str = ""
    connector_b: str = ""
    gender_a: str = ""
    gender_b: str = ""
    polarity: str = "NA"
    polish: str = ""
    loss_grade: str = ""
    max_insertion_loss_db: Decibels = None
    min_return_loss_db: Decibels = None
    jacket: str = ""
    construction: str = ""
    length_m: Metres = None
    fibers: FiberCount = None
    price_usd: Dollars
    price_breaks: tuple[PriceBreak, ...] = ()
    stock: Count
    lead_time_text: Text = ""
    catalog_date: date
    is_sample: Annotated[bool, BeforeValidator(_blank_to_false)] = False
    applications: Texts = ()
    compatible_with: Texts = ()
    image_hint: Text = ""
    datasheet_facts: Text = ""
    notes: Text = ""

    @field_validator("polarity", mode="before")
    @classmethod
    def _no_polarity(cls, value: Any) -> Any:
        return value or "NA"

    @field_validator("price_breaks", mode="before")
    @classmethod
    def _read_price_breaks(cls, value: Any) -> Any:
        steps = []
        for text in _split(value):
            match = _PRICE_BREAK.fullmatch(text)
            if match is None or not 1 < int(match[1]) <= LARGEST_INTEGER:
                raise ValueError("write steps as quantity:price, for example 10:112.00;50:108.00")
            steps.append(PriceBreak(int(match[1]), to_cents(Decimal(match[2]))))
        return tuple(steps)

    @field_validator("applications")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("name each link once")
        return value

    def to_product(self) -> Product:
        values = {name: getattr(self, name) for name in COLUMNS if name != "price_usd"}
        cents = None if self.price_usd is None else to_cents(self.price_usd)
        return Product(**values, price_cents=cents)


COLUMNS = tuple(CatalogRow.model_fields)
REQUIRED_COLUMNS = tuple(
    name for name, field in CatalogRow.model_fields.items() if field.is_required()
)
_NUMBER_COLUMNS = (
    "max_insertion_loss_db", "min_return_loss_db", "length_m", "fibers", "price_usd",
    "price_breaks", "stock", "catalog_date", "is_sample",
)  # fmt: skip
TEXT_COLUMNS = frozenset(name for name in COLUMNS if name not in _NUMBER_COLUMNS)


def to_cents(dollars: Decimal) -> int:
    """Whole cents of an amount that has at most two decimals."""
    return int(dollars * 100)


def dollars(cents: int | None) -> str:
    """ "112.00", or "" when there is no price."""
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"


def sku_key(text: str) -> str:
    """A part number by its letters and digits alone, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def to_cells(product: Product) -> list[str]:
    """The product as one row of the file, in the order of `COLUMNS`."""
    return [guarded(_cell(product, column)) for column in COLUMNS]


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula; `unguarded` gives the text back."""
    return GUARD + text if text.startswith((*FORMULA_STARTS, GUARD)) else text


def unguarded(text: str) -> str:
    return text.removeprefix(GUARD)


def looks_like_formula(text: str) -> bool:
    return text.startswith(FORMULA_STARTS)


def _cell(product: Product, column: str) -> str:
    if column == "price_usd":
        return dollars(product.price_cents)
    value = getattr(product, column)
    if column == "price_breaks":
        steps = (f"{step.from_quantity}:{dollars(step.price_cents)}" for step in value)
        return LIST_SEPARATOR.join(steps)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return LIST_SEPARATOR.join(value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)
