"""A product as a form: one field for each column of the catalog's file, and back again."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sales.catalog.importer import Problem
from sales.catalog.product import FAMILIES, Product
from sales.catalog.rows import COLUMNS, REQUIRED_COLUMNS, guarded, to_cells, unguarded
from sales.catalog.validity import VOCABULARY

CHOICE_NAMES = {
    "family": FAMILIES,
    "gender_a": {"M": "M (pinned)", "F": "F (unpinned)", "X": "X (field changeable)"},
    "gender_b": {"M": "M (pinned)", "F": "F (unpinned)", "X": "X (field changeable)"},
    "fiber": {"MM": "MM (any multimode)", "SM": "SM (any single mode)"},
    "polarity": {"NA": "does not apply"},
    "loss_grade": {"STD": "STD (standard)", "LL": "LL (low)", "ULL": "ULL (ultra low)"},
    "is_sample": {"no": "no", "yes": "yes: shown as an example"},
}
NOTHING = "none"


@dataclass(frozen=True)
class Field:
    """One column: what people call it, what helps to fill it in, and how it is entered."""

    column: str
    label: str
    hint: str = ""
    kind: str = "text"  # text, area, date, or choice for a column with a vocabulary
    is_wide: bool = False

    @property
    def is_required(self) -> bool:
        return self.column in REQUIRED_COLUMNS and self.column != "price_usd"

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Value and name of each word that the column may hold."""
        words = ("no", "yes") if self.column == "is_sample" else VOCABULARY.get(self.column, ())
        names = CHOICE_NAMES.get(self.column, {})
        return [(word, names.get(word, word or NOTHING)) for word in words]


def _choice(column: str, label: str, hint: str = "") -> Field:
    return Field(column, label, hint, "choice")


GROUPS: Mapping[str, tuple[Field, ...]] = {
    "What it is": (
        Field("sku", "Part number", "Capitals, digits and . / + _ -"),
        _choice("family", "Family"),
        _choice("brand", "Brand", "MTP or MPO, where it has an MPO connector"),
        Field("title", "Title", is_wide=True),
        Field("description", "Description", kind="area", is_wide=True),
    ),
    "Price and stock": (
        Field("price_usd", "List price, US dollars", "For one piece; blank: on request"),
        Field("price_breaks", "Price breaks", "From pieces : price each, as 10:112.00;50:108.00"),
        Field("stock", "In stock, pieces"),
        Field("lead_time_text", "Lead time", "As customers read it"),
        Field("catalog_date", "Catalog date", "The day price and stock were taken from", "date"),
        _choice("is_sample", "Sample"),
    ),
    "Fiber and connectors": (
        _choice("fiber", "Fiber"),
        Field("fibers", "Fibers"),
        Field("length_m", "Length, metres"),
        _choice("connector_a", "Connector A"),
        _choice("gender_a", "Gender A"),
        _choice("connector_b", "Connector B"),
        _choice("gender_b", "Gender B"),
        _choice("polarity", "Polarity"),
        _choice("polish", "Polish"),
        _choice("jacket", "Jacket"),
        _choice("construction", "Construction"),
    ),
    "Loss": (
        _choice("loss_grade", "Loss grade"),
        Field("max_insertion_loss_db", "Largest insertion loss, dB"),
        Field("min_return_loss_db", "Smallest return loss, dB"),
    ),
    "Where it fits": (
        Field("applications", "Links", "As 400GBASE-DR4;100GBASE-SR4", is_wide=True),
        Field("compatible_with", "Goes with", "Families by code, as CAS;ADP"),
        Field("datasheet_facts", "Datasheet", "Its id in the component reference"),
        Field("image_hint", "Picture"),
        Field("notes", "Notes", kind="area", is_wide=True),
    ),
}
LABELS = {field.column: field.label for fields in GROUPS.values() for field in fields}


def values_of(product: Product) -> dict[str, str]:
    """What the form shows, by column."""
    return {
        column: unguarded(cell)  # a form is no spreadsheet
        for column, cell in zip(COLUMNS, to_cells(product), strict=True)
    }


def version_of(product: Product | None) -> str:
    """Changes with anything in the product; tells whether somebody was faster."""
    cells = to_cells(product) if product else []
    return hashlib.sha256(repr(cells).encode()).hexdigest()[:16]


def values_from(form: Mapping[str, object]) -> dict[str, str]:
    """What was typed, by column."""
    typed = {column: str(form.get(column, "")) for column in COLUMNS}
    return {column: text.replace("\r\n", "\n").strip() for column, text in typed.items()}


def as_csv(values: Mapping[str, str]) -> bytes:
    """A catalog file with this one product, for the importer to judge and to store."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerow([guarded(values[column]) for column in COLUMNS])
    return file.getvalue().encode()


def errors_by_field(problems: Iterable[Problem]) -> dict[str, str]:
    """The importer's reasons by column; "" has those about the product as a whole."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.column if problem.column in LABELS else "", []).append(
            problem.reason
        )
    return {column: " ".join(reasons) for column, reasons in found.items()}
