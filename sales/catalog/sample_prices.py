"""List prices of the sample catalog: base by family and ends, plus length, times what was chosen.

The bases reproduce single prices seen on public web shops for low-loss OM4 assemblies, for example
MTP-12 cord 1 m 59 and 5 m 116 dollars; OS2 1.25 to 1.7 times OM4, OM5 1.15 times. Elite against
standard (1.15), armored (1.6), MTP PRO and the distance of generic MPO are assumptions.
"""

from __future__ import annotations

from sales.catalog.part_number import PartNumber

FIBER_FACTOR = {"OM3": 0.9, "OM4": 1.0, "OM5": 1.15, "OS2": 1.3}
GRADE_FACTOR = {"STD": 1 / 1.15, "LL": 1.0, "ULL": 1.2}
BRAND_FACTOR = {"MTP": 1.0, "MPO": 0.8, "": 1.0}
JACKET_FACTOR = {"OFNP": 1.0, "OFNR": 0.95, "LSZH": 1 / 1.1, "OSP": 1.35, "IND": 1.25, "": 1.0}
ARMORED_FACTOR = 1.6
FIELD_CHANGEABLE_FACTOR = 1.25  # MTP PRO
CORD_BASE = {"MPO-8": 40.0, "MPO-12": 44.75, "MPO-16": 92.0, "MPO-24": 98.0}
CONVERSION_BASE = {
    ("MPO-24", "MPO-12"): 152.0, ("MPO-24", "MPO-8"): 193.0, ("MPO-16", "MPO-8"): 136.0,
    ("MPO-12", "MPO-8"): 160.0,
}  # fmt: skip
CONVERSION_OS2_FACTOR = 1.5
HARNESS_BASE = {8: 44.75, 12: 62.0, 16: 96.0, 24: 128.0}  # by fibers of the legs
CASSETTE_BASE = {8: 92.0, 12: 119.0, 16: 175.0, 24: 239.0}
CASSETTE_FIBER_FACTOR = {"OM3": 0.95, "OM4": 1.0, "OM5": 139 / 119, "OS2": 110 / 119}
MPO_SMALL = {  # loopback, attenuator, adapter
    "LPB": {"MPO-12": 45.0, "MPO-16": 75.0, "MPO-24": 79.0, "LC-D": 9.0},
    "ATT": {"MPO-12": 60.0, "LC-D": 12.0},
    "ADP": {"MPO-12": 14.0, "MPO-16": 6.5, "MPO-24": 16.0, "LC-D": 2.5, "SN-D": 4.5},
}
ENCLOSURES = {
    (1, "empty"): 74, (1, "fixed"): 149, (1, "sliding"): 289,
    (2, "fixed"): 209, (2, "sliding"): 349, (4, "fixed"): 299, (4, "sliding"): 419,
}  # fmt: skip
KINDS = {
    ("CLN", "PEN"): 90.0, ("CLN", "CAS"): 85.0, ("CLN", "STK"): 28.0, ("CLN", "WIP"): 15.0,
    ("CLN", "FLU"): 18.0, ("CLN", "REF"): 39.0, ("CLN", "KIT"): 240.0,
    ("INS", "PRB"): 1450.0, ("INS", "MIC"): 3900.0, ("INS", "TIP"): 390.0, ("INS", "OLS"): 480.0,
    ("INS", "OPM"): 320.0, ("INS", "OTDR"): 4500.0, ("INS", "VFL"): 49.0,
    ("TOL", "PIN"): 158.0, ("TOL", "POL"): 150.0, ("TOL", "PNS"): 24.0, ("TOL", "RPK"): 2400.0,
    ("TOL", "CRP"): 95.0,
}  # fmt: skip
OPTICS = {
    "40GBASE-SR4": 39, "40GBASE-eSR4": 59, "40GBASE-LR4": 149, "10GBASE-SR": 20, "10GBASE-LR": 27,
    "25GBASE-SR": 39, "25GBASE-LR": 69, "100GBASE-SR4": 99, "100G-PSM4": 199, "100G-CWDM4": 219,
    "100GBASE-LR4": 399, "100GBASE-DR": 259, "100GBASE-FR1": 319, "100G-BiDi": 329,
    "200GBASE-SR4": 369, "200GBASE-FR4": 529, "400GBASE-SR8": 449, "400GBASE-DR4": 649,
    "400GBASE-FR4": 899, "400G-XDR4": 749, "400GBASE-SR4": 769, "800GBASE-SR8": 999,
    "800GBASE-DR8": 1649, "800G-2xFR4": 2049,
}  # fmt: skip
SHORT_M = 5  # a cord's metres cost most up to here


def list_price_cents(part: PartNumber) -> int | None:
    """The sample price of one piece; None for services, which sales quotes."""
    if part.family == "SVC":
        return None
    return _rounded(_dollars(part))


def _dollars(part: PartNumber) -> float:
    if part.family == "XCV":
        return float(OPTICS[part.link])
    if part.family == "ENC":
        return float(ENCLOSURES[part.rack_units, part.kind]) + part.slots
    if part.family in ("CLN", "INS", "TOL"):
        narrow = 0.55 if part.end_a.connector == "LC-D" else 1.0
        return KINDS[part.family, part.kind] * narrow
    if part.family in MPO_SMALL:
        return _small_part(part)
    if part.family == "CAS":
        base = CASSETTE_BASE[part.fibers or 0] * CASSETTE_FIBER_FACTOR[part.fiber]
        return base * GRADE_FACTOR[part.loss_grade] * BRAND_FACTOR[part.brand]
    return _cable(part)


def _small_part(part: PartNumber) -> float:
    each = MPO_SMALL[part.family][part.end_a.connector] * BRAND_FACTOR[part.brand]
    if part.family == "ADP":
        return each if part.ports == 1 else 24 + each * part.ports
    return each * GRADE_FACTOR.get(part.loss_grade, 1.0) * FIBER_FACTOR[part.fiber]


def _cable(part: PartNumber) -> float:
    length = part.length_m or 0
    factor = GRADE_FACTOR[part.loss_grade] * BRAND_FACTOR[part.brand] * JACKET_FACTOR[part.jacket]
    factor *= ARMORED_FACTOR if part.is_armored else 1.0
    factor *= FIELD_CHANGEABLE_FACTOR if part.end_a.gender == "X" else 1.0
    if part.family == "TRK":
        fibers = part.fibers or 0
        base = 70 + 1.4 * fibers + length * (2.6 + 0.1 * fibers)
        return base * FIBER_FACTOR[part.fiber] * factor
    if part.family in ("LCP", "VSF"):
        return _duplex_cord(part, length) * factor
    if part.family == "CNV":
        base = CONVERSION_BASE[part.end_a.connector, part.end_b.connector]
        os2 = CONVERSION_OS2_FACTOR if part.fiber == "OS2" else FIBER_FACTOR[part.fiber]
        return (base + _by_length(length)) * os2 * factor
    cord = part.family == "PAT"
    base = CORD_BASE[part.end_a.connector] if cord else HARNESS_BASE[part.fibers or 0]
    return (base + _by_length(length)) * FIBER_FACTOR[part.fiber] * factor


def _by_length(length_m: float) -> float:
    return 14.25 * min(length_m, SHORT_M) + 4.0 * max(0.0, length_m - SHORT_M)


def _duplex_cord(part: PartNumber, length_m: float) -> float:
    base = 0.5 if part.fiber == "OS2" else 2.8
    if part.end_a.connector == "LC-U":
        base += 2.0
    if part.end_a.connector == "MMC-16":
        return 110 + 9.0 * length_m
    if part.family == "VSF":
        base += 16.0
    return (base + 2.4 * length_m) * (1.15 if part.loss_grade == "STD" else 1.3)


def _rounded(dollars: float) -> int:
    """Whole dollars from 50 up, else ten cents; in cents."""
    return round(dollars) * 100 if dollars >= 50 else round(dollars * 10) * 10
