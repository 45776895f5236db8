"""Which connector, fiber count and polish a data rate asks for.

Optics, connectors and reach come from data/reference/links.yml; here the reach only helps to choose
between multimode and single mode. Whether a real link fits is the link budget's work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sales.advisor_rules import Requirements

SOURCE = "Link reference (data/reference/links.yml): "
SINGLE_MODE_FROM_GBPS = 400  # the default for 400G and above: public fiber-optics training course
DEFAULT_MULTIMODE, DEFAULT_SINGLE_MODE = "OM4", "OS2"
LEGACY_GRADES = ("OM1", "OM2")  # data/reference/components.yml: keep out of new MPO work


@dataclass(frozen=True)
class ProductHint:
    """What to look for in the catalog. None or () means: nothing sourced to say.

    `connectors` are alternatives, best first; two of the second are needed where `note` says so.
    `fibers_lit` is how many the optic uses; the cable may have more.
    """

    brand: Literal["MTP", "MPO"] | None
    loss_grade: Literal["STD", "LL"]
    connectors: tuple[str, ...] = ()
    fibers_lit: int | None = None
    polish: str | None = None
    fiber: str | None = None
    optic: str | None = None
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class Optic:
    """A usual optic of one rate and fiber mode. `reach_m` maps fiber grades to metres."""

    name: str
    connectors: tuple[str, ...]
    fibers_lit: int
    polish: str  # of the MPO; single-mode MPO is always APC
    reach_m: Mapping[str, float]
    note: str = ""

    def falls_short(self, grade: str, distance_m: float | None) -> bool:
        """Whether a known distance is beyond the reach. A grade not listed counts as OM4."""
        return distance_m is not None and distance_m > self.reach_on(grade)

    def reach_on(self, grade: str) -> float:
        return self.reach_m.get(grade) or self.reach_m.get("OM4") or self.reach_m["OS2"]


VIA_CASSETTES = (
    "The optic has a duplex LC port: an MPO-12 trunk reaches it through cassettes, which can be "
    "swapped for adapter panels when parallel optics arrive."
)
EIGHT_OF_TWELVE = "The optic lights 8 fibers: an MPO-12 with the middle four dark, or an MPO-8."
ONE_OR_TWO = "One MPO-16 or two MPO-12, as the module has it; the keys differ and do not mate."
PROVISIONAL = f"{ONE_OR_TWO} 1.6T is still being standardised (802.3dj)."
TWELVE, EIGHT, SIXTEEN = ("MPO-12",), ("MPO-12", "MPO-8"), ("MPO-16", "MPO-12")

MULTIMODE = {
    10: Optic("10GBASE-SR", TWELVE, 2, "PC", {"OM3": 300, "OM4": 400}, VIA_CASSETTES),
    25: Optic("25GBASE-SR", TWELVE, 2, "PC", {"OM3": 70, "OM4": 100}, VIA_CASSETTES),
    40: Optic("40GBASE-SR4", EIGHT, 8, "PC", {"OM3": 100, "OM4": 150}, EIGHT_OF_TWELVE),
    50: Optic("50GBASE-SR", TWELVE, 2, "PC", {"OM3": 70, "OM4": 100}, VIA_CASSETTES),
    100: Optic("100GBASE-SR4", EIGHT, 8, "PC", {"OM3": 70, "OM4": 100}, EIGHT_OF_TWELVE),
    200: Optic("200GBASE-SR4", EIGHT, 8, "PC", {"OM3": 70, "OM4": 100}, EIGHT_OF_TWELVE),
    400: Optic(
        "400GBASE-SR4",
        EIGHT,
        8,
        "APC",
        {"OM3": 60, "OM4": 100},
        f"{EIGHT_OF_TWELVE} Many modules reach only 50 m.",
    ),
    800: Optic(
        "800GBASE-SR8",
        SIXTEEN,
        16,
        "APC",
        {"OM3": 60, "OM4": 100},
        f"{ONE_OR_TWO} Many modules reach only 50 m.",
    ),
}
SINGLE_MODE = {
    10: Optic("10GBASE-LR", TWELVE, 2, "APC", {"OS2": 10_000}, VIA_CASSETTES),
    25: Optic("25GBASE-LR", TWELVE, 2, "APC", {"OS2": 10_000}, VIA_CASSETTES),
    40: Optic("40G-PLR4", EIGHT, 8, "APC", {"OS2": 10_000}, EIGHT_OF_TWELVE),
    50: Optic("50GBASE-LR", TWELVE, 2, "APC", {"OS2": 10_000}, VIA_CASSETTES),
    100: Optic("100G-PSM4", EIGHT, 8, "APC", {"OS2": 500}, EIGHT_OF_TWELVE),
    200: Optic("200GBASE-DR4", EIGHT, 8, "APC", {"OS2": 500}, EIGHT_OF_TWELVE),
    400: Optic("400GBASE-DR4", EIGHT, 8, "APC", {"OS2": 500}, EIGHT_OF_TWELVE),
    800: Optic("800GBASE-DR8", SIXTEEN, 16, "APC", {"OS2": 500}, ONE_OR_TWO),
    1600: Optic("1.6TBASE-DR8", SIXTEEN, 16, "APC", {"OS2": 500}, PROVISIONAL),
}


def suggest_product(
    needs: Requirements, brand: Literal["MTP", "MPO"] | None, loss_grade: Literal["STD", "LL"]
) -> ProductHint:
    """What to look for; connector, polish and optic stay empty for a rate without a usual optic."""
    fiber, notes = _fiber(needs)
    optics = SINGLE_MODE if fiber.startswith("OS") else MULTIMODE
    optic = optics.get(needs.data_rate_gbps or 0)
    if optic is None:
        told = fiber if needs.fiber else None
        return ProductHint(brand, loss_grade, fiber=told, note=" ".join(notes))
    if optic.falls_short(fiber, needs.distance_m):
        notes.append(
            f"{optic.name} reaches {optic.reach_on(fiber):g} m: ask for a longer-reach optic."
        )
    return ProductHint(
        brand=brand,
        loss_grade=loss_grade,
        connectors=optic.connectors,
        fibers_lit=optic.fibers_lit,
        polish=optic.polish,
        fiber=fiber,
        optic=optic.name,
        note=" ".join([optic.note, *notes]),
        source=SOURCE + optic.name,
    )


def _fiber(needs: Requirements) -> tuple[str, list[str]]:
    """The fiber grade to look for, and what the visitor should know about it."""
    told = (needs.fiber or "").upper()
    if told.startswith(("OS", "SM")):
        return DEFAULT_SINGLE_MODE, []
    reason = _why_not_multimode(needs, told)
    if reason:
        return DEFAULT_SINGLE_MODE, [reason]
    if told in LEGACY_GRADES:
        return DEFAULT_MULTIMODE, [f"{told} is a legacy grade: keep it out of new MPO links."]
    return (told if told.startswith("OM") else DEFAULT_MULTIMODE), []


def _why_not_multimode(needs: Requirements, told: str) -> str:
    """Why single mode is suggested, or "" where multimode serves. `told` is a multimode grade."""
    rate = needs.data_rate_gbps
    if rate is None:
        return ""
    optic = MULTIMODE.get(rate)
    if optic is None:
        return f"No multimode optic is listed for {needs.rate}." if rate in SINGLE_MODE else ""
    grade = told if told in optic.reach_m else DEFAULT_MULTIMODE
    if optic.falls_short(grade, needs.distance_m):
        return f"Multimode is out: {optic.name} reaches {optic.reach_on(grade):g} m on {grade}."
    by_default = not told and rate >= SINGLE_MODE_FROM_GBPS
    return f"Single mode is the usual choice at {needs.rate}." if by_default else ""
