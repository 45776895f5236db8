"""A product as the rest of the house sees it: plain frozen values, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

FAMILIES = {
    "TRK": "trunk cable",
    "PAT": "patch cord",
    "HRN": "harness",
    "CNV": "conversion cable",
    "LCP": "LC patch cord",
    "VSF": "very small form factor patch cord",
    "CAS": "cassette",
    "ADP": "adapter",
    "ENC": "enclosure",
    "LPB": "loopback",
    "ATT": "attenuator",
    "CLN": "cleaner",
    "INS": "inspection and test",
    "TOL": "tool",
    "XCV": "transceiver",
    "SVC": "service",
}
FAMILY_WORDS = {
    "TRK": "trunk backbone cable",
    "PAT": "patch cord cable jumper patchcord",
    "HRN": "harness breakout fanout fan-out cable",
    "CNV": "conversion cable converter",
    "LCP": "patch cord cable jumper patchcord",
    "VSF": "patch cord cable jumper vsff",
    "CAS": "cassette module",
    "ADP": "adapter adaptor coupler panel",
    "ENC": "enclosure panel housing rack",
    "LPB": "loopback plug",
    "ATT": "attenuator",
    "CLN": "cleaner cleaning",
    "INS": "inspection test scope",
    "TOL": "tool",
    "XCV": "transceiver optic module",
    "SVC": "service",
}
BRANDS = ("MTP", "MPO", "")
FIBERS = ("OM3", "OM4", "OM5", "OS2", "MM", "SM", "")  # MM and SM: hardware for either grade
CONNECTORS = (
    "MPO-8", "MPO-12", "MPO-16", "MPO-24",
    "LC-D", "LC-U", "SN-D", "CS-D", "MDC-D", "MMC-16", "",
)  # fmt: skip
GENDERS = ("M", "F", "X", "")  # pinned, unpinned, field changeable (a cleaner: either)
POLARITIES = ("A", "B", "C", "U1", "U2", "NA")
POLISHES = ("PC", "APC", "UPC", "")
LOSS_GRADES = ("STD", "LL", "ULL", "")  # in rising quality
JACKETS = ("OFNP", "OFNR", "LSZH", "OSP", "IND", "")
CONSTRUCTIONS = ("3 mm round", "micro 2.0 mm", "ruggedised trunk", "armored", "")


def usd(cents: int | None) -> str:
    """ "$1,116.00", or "price on request" when the catalog holds none."""
    return "price on request" if cents is None else f"${cents // 100:,}.{cents % 100:02d}"


def metres(length_m: float) -> str:
    """ "10 m", "0.5 m"."""
    return f"{length_m:g} m"


@dataclass(frozen=True)
class PriceBreak:
    """The price of one piece from `from_quantity` pieces on."""

    from_quantity: int
    price_cents: int

    @property
    def price_usd(self) -> str:
        return usd(self.price_cents)


@dataclass(frozen=True)
class Product:
    """One row of the catalog. An attribute that does not apply is "" or None (polarity: "NA")."""

    sku: str
    family: str
    title: str
    catalog_date: date  # the day its price and stock were taken from
    brand: str = ""  # MTP (US Conec), MPO (generic) or "" where neither applies
    description: str = ""
    fiber: str = ""
    connector_a: str = ""
    connector_b: str = ""
    gender_a: str = ""
    gender_b: str = ""
    polarity: str = "NA"
    polish: str = ""
    loss_grade: str = ""
    max_insertion_loss_db: float | None = None  # per mated pair; a cassette: the whole module
    min_return_loss_db: float | None = None
    jacket: str = ""
    construction: str = ""
    length_m: float | None = None
    fibers: int | None = None
    price_cents: int | None = None  # list price of one piece; None: on request
    price_breaks: tuple[PriceBreak, ...] = ()
    stock: int = 0
    lead_time_text: str = ""
    is_sample: bool = False
    applications: tuple[str, ...] = ()  # link names, as in the reference tables
    compatible_with: tuple[str, ...] = ()  # family codes
    image_hint: str = ""
    datasheet_facts: str = ""  # id in the component reference
    notes: str = ""

    @property
    def price_usd(self) -> str:
        return usd(self.price_cents)

    @property
    def in_stock(self) -> bool:
        return self.stock > 0

    @property
    def length_text(self) -> str:
        return "" if self.length_m is None else metres(self.length_m)

    @property
    def family_name(self) -> str:
        return FAMILIES.get(self.family, self.family)

    @property
    def has_mpo(self) -> bool:
        return self.connector_a.startswith("MPO") or self.connector_b.startswith("MPO")

    def unit_price_cents(self, pieces: int) -> int | None:
        """The price of one piece when `pieces` are bought, None when it is on request."""
        reached = [step for step in self.price_breaks if pieces >= step.from_quantity]
        if self.price_cents is None or not reached:
            return self.price_cents
        return max(reached, key=lambda step: step.from_quantity).price_cents
