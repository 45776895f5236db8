"""Writes the sample catalog: `python -m sales.catalog.sample`.

Nothing here is random: a part number decides everything about its row. Prices imitate the levels
that vendors showed in public (2024 to 2026); stock, lead times and breaks are made up. Every row
says that it is a sample.
"""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from sales.catalog.fitting import fitting_links
from sales.catalog.part_number import FORM_FACTORS, MOUNTS, End, PartNumber, parse
from sales.catalog.product import FAMILIES, PriceBreak, Product, metres
from sales.catalog.rows import COLUMNS, to_cells
from sales.catalog.sample_parts import SAMPLE_NUMBERS
from sales.catalog.sample_prices import list_price_cents
from sales.catalog.wording import GENDER_WORDS, GRADE_WORDS, JACKET_WORDS
from sales.reference.files import known_links
from sales.reference.values import fiber_mode
from sales.settings import PROJECT

SAMPLE_FILE = PROJECT / "data" / "catalog" / "sample_products.csv"
SAMPLE_DATE = date(2026, 11, 2)
IN_STOCK_TEXT = "Sample data: in stock, usually ships in 1 to 2 business days"
BUILT_TEXT = "Sample data: built to order, usually about 10 business days"
SERVICE_TEXT = "Sample data: arranged with sales"
CASSETTE_LOSS_DB = {"STD": 1.00, "LL": 0.60}  # components: cassette-standard, cassette-low-loss
ULTRA_LOW_LOSS_DB = 0.25
DISCOUNTS = {"XCV": ((5, 3), (20, 6)), "LCP": ((20, 5), (100, 10))}  # pieces, percent off
USUAL_DISCOUNTS = ((10, 4), (50, 8))
NOT_DISCOUNTED = ("SVC", "INS", "TOL", "ENC")
COMPATIBLE: Mapping[str, tuple[str, ...]] = {
    "TRK": ("CAS", "ADP", "PAT", "HRN", "ENC"),
    "PAT": ("TRK", "ADP", "XCV"),
    "HRN": ("TRK", "ADP", "XCV"),
    "CNV": ("TRK", "ADP", "XCV"),
    "LCP": ("CAS", "XCV", "ADP"),
    "VSF": ("XCV", "ADP"),
    "CAS": ("TRK", "LCP", "ENC"),
    "ADP": ("TRK", "PAT", "ENC"),
    "ENC": ("CAS", "ADP"),
    "LPB": ("XCV", "TRK"),
    "ATT": ("PAT", "LCP"),
    "XCV": ("PAT", "LCP", "HRN"),
}
PLUG_WORDS = {
    "LC-D": "LC duplex",
    "LC-U": "LC uniboot",
    "SN-D": "SN duplex",
    "CS-D": "CS duplex",
    "MDC-D": "MDC duplex",
}
KIND_WORDS = {
    "PEN": "click pen cleaner",
    "CAS": "cassette cleaner",
    "STK": "cleaning sticks, pack of 50",
    "WIP": "lint-free wipes, pack of 90",
    "FLU": "cleaning fluid",
    "REF": "cleaner refill",
    "PRB": "inspection probe",
    "MIC": "bench microscope",
    "TIP": "inspection tip set",
    "OLS": "light source",
    "OPM": "power meter",
    "OTDR": "OTDR",
    "VFL": "visual fault locator",
    "PIN": "pin change tool",
    "POL": "polarity change tool",
    "PNS": "spare guide pins",
    "RPK": "re-polish bench kit",
    "CRP": "crimp tool",
    "LENGTH": "Custom length",
    "LABEL": "Custom labelling",
    "REPORT": "Test report for each assembly",
    "REPOLISH": "Re-polish and re-test of MTP assemblies",
    "SURVEY": "Cabling survey and bill of materials",
}
KIT_WORDS = {"CLN": "cleaning kit", "INS": "test kit", "SVC": "Kitting by rack or room"}


def sample_products() -> list[Product]:
    """Every sample product, by family and part number as listed in `sample_parts`."""
    return [sample_product(number) for number in SAMPLE_NUMBERS]


def sample_product(number: str) -> Product:
    """The sample row of one part number."""
    part = parse(number)
    cents = list_price_cents(part)
    stock = _stock(part, number)
    loss, reflection, facts = _figures(part)
    product = Product(
        sku=number,
        title=title(part),
        catalog_date=SAMPLE_DATE,
        **part.facts(),
        description=_description(part),
        max_insertion_loss_db=loss,
        min_return_loss_db=reflection,
        datasheet_facts=facts,
        price_cents=cents,
        price_breaks=_price_breaks(part.family, cents),
        stock=stock,
        lead_time_text=_lead_time(part, stock),
        is_sample=True,
        compatible_with=COMPATIBLE.get(part.family, ()),
        image_hint=f"{part.family.lower()}-{(part.end_a.connector or 'generic').lower()}",
        notes=_notes(part),
    )
    return replace(product, applications=_applications(part, product))


def sample_csv() -> str:
    """The whole sample file as text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(to_cells(product) for product in sample_products())
    return text.getvalue()


def title(part: PartNumber) -> str:
    """What the product is, in one line, as a sales rep would read it out."""
    return ", ".join(piece for piece in _title_pieces(part) if piece)


def _title_pieces(part: PartNumber) -> Iterator[str]:
    if part.family == "ENC":
        yield f"{part.rack_units}U enclosure, {MOUNTS[_mount(part)]}"
        yield f"{part.slots} slots for {part.fibers_per_slot}-fiber cassettes"
        yield f"{part.fibers} fibers"
        return
    if part.family == "SVC":
        yield KIT_WORDS["SVC"] if part.kind == "KIT" else KIND_WORDS[part.kind]
        return
    if part.family == "XCV":
        yield f"{part.link} {part.kind} transceiver"
        yield f"{_plug(part, part.end_a)} port"
        yield part.polish if part.end_a.is_mpo else ""
        return
    if part.family in ("CLN", "INS", "TOL"):
        yield from _tool_pieces(part)
        return
    yield _name(part)
    yield _ends(part)
    if part.family == "ADP":
        yield f"{part.kind} footprint"
        yield f"{part.ports} ports" if part.ports > 1 else ""
        yield {"A": "opposed key (Type A)", "B": "aligned key (Type B)"}.get(part.polarity, "")
    elif part.polarity != "NA":
        yield f"Type {part.polarity}" if len(part.polarity) == 1 else f"universal {part.polarity}"
    yield f"{part.attenuation_db} dB" if part.attenuation_db else ""
    yield part.polish
    yield GRADE_WORDS.get(part.loss_grade, "")
    yield JACKET_WORDS.get(part.jacket, "")
    yield "armored" if part.is_armored else ""
    yield metres(part.length_m) if part.length_m else ""


def _mount(part: PartNumber) -> str:
    return next(code for code, word in MOUNTS.items() if word == part.kind)


def _tool_pieces(part: PartNumber) -> Iterator[str]:
    kind = KIT_WORDS[part.family] if part.kind == "KIT" else KIND_WORDS[part.kind]
    mode = {"MM": "multimode", "SM": "single-mode"}.get(part.fiber, "")
    plug = _plug(part, part.end_a) if part.ends else mode or "fiber connector"
    yield f"{plug} {kind}"
    if part.end_a.gender:
        either = part.family == "CLN" and part.end_a.gender == "X"
        yield "pinned and unpinned" if either else GENDER_WORDS[part.end_a.gender]
    yield part.polish


def _name(part: PartNumber) -> str:
    if part.family == "ADP":
        mode = {"MM": "multimode", "SM": "single-mode"}[part.fiber]
        return f"{part.brand} {mode} adapter".strip() if part.brand else f"{mode} adapter"
    plug = part.brand
    if part.brand == "MTP" and part.loss_grade == "LL":
        plug = "MTP Elite"
    if part.brand == "MTP" and part.end_a.gender == "X":
        plug = "MTP PRO"
    count = f"{part.fibers}-fiber " if part.fibers and part.end_a.is_mpo else ""
    return f"{plug} {count}{part.fiber} {FAMILIES[part.family]}".strip()


def _ends(part: PartNumber) -> str:
    if part.family == "ADP" or len(part.ends) == 1:
        return _end(part, part.end_a)
    return f"{_end(part, part.end_a)} to {_end(part, part.end_b)}"


def _end(part: PartNumber, end: End) -> str:
    count = f"{end.count}x " if end.count > 1 else ""
    return f"{count}{_plug(part, end)} {GENDER_WORDS[end.gender]}".strip()


def _plug(part: PartNumber, end: End) -> str:
    if part.brand == "MTP" and end.is_mpo:
        return end.connector.replace("MPO", "MTP")
    return PLUG_WORDS.get(end.connector, end.connector)


def _description(part: PartNumber) -> str:
    if part.brand == "MTP":
        return "MTP is US Conec's brand of MPO; it mates with any MPO of the same kind."
    if part.brand == "MPO":
        return "Generic MPO to IEC 61754-7 and TIA-604-5; it mates with MTP of the same kind."
    if part.family == "XCV":
        return f"{FORM_FACTORS_TEXT[part.kind]} module; the coding brand is chosen at order."
    return ""


FORM_FACTORS_TEXT = {name: name for name in FORM_FACTORS.values()}


def _figures(part: PartNumber) -> tuple[float | None, float | None, str]:
    """Largest loss, smallest return loss (dB) and where both come from in the reference."""
    if part.family in ("TRK", "PAT", "HRN", "CNV", "LPB") and part.end_a.is_mpo:
        return _mpo_figures(part)
    if part.family == "CAS":
        facts = "cassette-low-loss" if part.loss_grade == "LL" else "cassette-standard"
        return CASSETTE_LOSS_DB[part.loss_grade], _mpo_figures(part)[1], facts
    if part.family in ("LCP", "LPB"):
        return _lc_figures(part)
    if part.end_a.connector == "MMC-16":
        return 0.35, 60.0 if part.polish == "APC" else None, "mmc"
    return None, None, ""


def _mpo_figures(part: PartNumber) -> tuple[float, float, str]:
    mode = fiber_mode(part.fiber).lower()
    reflection = 60.0 if mode == "sm" else 35.0 if part.polish == "APC" else 20.0
    if part.loss_grade == "ULL":
        return ULTRA_LOW_LOSS_DB, reflection, ""
    if part.loss_grade == "LL":
        elite = f"mtp-elite-{mode}" if part.brand == "MTP" else "assume-worst-case"
        facts = "mpo-apc-mm" if mode == "mm" and part.polish == "APC" else elite
        return 0.35, reflection, facts
    loss = 0.60 if part.brand == "MTP" and mode == "mm" else 0.75
    return loss, reflection, f"{part.brand.lower()}-standard-{mode}"


def _lc_figures(part: PartNumber) -> tuple[float, float, str]:
    is_low = part.loss_grade == "LL"
    upc = 55.0 if is_low else 50.0
    reflection = {"PC": 25.0, "UPC": upc, "APC": 60.0}[part.polish]
    return (0.25, reflection, "lc-low-loss") if is_low else (0.50, reflection, "lc-standard")


def _price_breaks(family: str, cents: int | None) -> tuple[PriceBreak, ...]:
    if cents is None or family in NOT_DISCOUNTED:
        return ()
    steps = DISCOUNTS.get(family, USUAL_DISCOUNTS)
    return tuple(PriceBreak(pieces, cents * (100 - off) // 100) for pieces, off in steps)


def _stock(part: PartNumber, number: str) -> int:
    """Made up, but the same each time; long and large parts are built to order."""
    if part.family == "SVC":
        return 0
    spread = zlib.crc32(number.encode())
    is_rare = (part.length_m or 0) >= 75 or (part.fibers or 0) > 48 or part.loss_grade == "ULL"
    if is_rare or spread % 9 == 0:
        return 0
    most = 40 if part.family in ("XCV", "ENC", "INS", "TOL") else 240
    return 3 + spread % most


def _lead_time(part: PartNumber, stock: int) -> str:
    if part.family == "SVC":
        return SERVICE_TEXT
    return IN_STOCK_TEXT if stock else BUILT_TEXT


def _applications(part: PartNumber, product: Product) -> tuple[str, ...]:
    if part.family == "XCV":
        return (part.link,)
    return fitting_links(product, known_links().values())


def _notes(part: PartNumber) -> str:
    return " ".join(_note_sentences(part))


def _note_sentences(part: PartNumber) -> Iterator[str]:
    yield "Sample row: price, stock and lead time are examples."
    if part.fiber == "OM5":
        yield "OM5 is worth its price only with wavelength-multiplexed optics (SWDM, BiDi)."
    if part.family == "CAS":
        needed = "unpinned" if part.end_a.gender == "M" else "pinned"
        yield f"For {needed} trunks; wiring must match the trunk's polarity."
    if part.fiber == "OS2" and part.end_b.connector == "LC-D" and part.end_a.is_mpo:
        yield "The MPO is APC, the LC legs are UPC."
    if any(end.connector == "MPO-8" for end in part.ends):
        yield "MPO-8 is a 12-position plug with the middle four positions empty."
    if any(end.connector == "MPO-16" for end in part.ends):
        yield "The offset key of MPO-16 does not fit an MPO-12 port."


def main(file: Path = SAMPLE_FILE) -> None:
    """Writes the sample file anew."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(sample_csv(), encoding="utf-8", newline="")
    print(f"Wrote {len(SAMPLE_NUMBERS)} sample products to {file.name}.")


if __name__ == "__main__":
    main()
