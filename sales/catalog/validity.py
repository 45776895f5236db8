"""What a product must not be: the hard rules of the trade, as pure functions.

Each function returns sentences, one for each rule that is broken, and [] for a sound product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from sales.catalog.part_number import (
    FIBERS_PER_CONNECTOR,
    PartNumber,
    PartNumberError,
    looks_like_ours,
    parse,
)
from sales.catalog.product import (
    BRANDS,
    CONNECTORS,
    CONSTRUCTIONS,
    FAMILIES,
    FIBERS,
    GENDERS,
    JACKETS,
    LOSS_GRADES,
    POLARITIES,
    POLISHES,
    Product,
    metres,
)
from sales.reference.values import Link, fiber_mode

VOCABULARY: Mapping[str, Iterable[str]] = {
    "family": FAMILIES,
    "brand": BRANDS,
    "fiber": FIBERS,
    "connector_a": CONNECTORS,
    "connector_b": CONNECTORS,
    "gender_a": GENDERS,
    "gender_b": GENDERS,
    "polarity": POLARITIES,
    "polish": POLISHES,
    "loss_grade": LOSS_GRADES,
    "jacket": JACKETS,
    "construction": CONSTRUCTIONS,
}
MATING = ("TRK", "PAT", "HRN", "CNV", "CAS", "LPB", "ATT", "ADP")  # hold or carry an MPO ferrule
BRANDED = MATING  # families where an MPO plug must be said to be MTP or generic
LENGTHS_M = {
    "TRK": (3.0, 300.0), "PAT": (0.5, 30.0), "HRN": (0.5, 50.0), "CNV": (0.5, 50.0),
    "LCP": (0.5, 300.0), "VSF": (0.5, 100.0),
}  # fmt: skip
LARGEST_LOSS_DB = {"STD": 0.75, "LL": 0.35, "ULL": 0.25}  # one mated MPO pair
LARGEST_CASSETTE_LOSS_DB = {"STD": 1.00, "LL": 0.60, "ULL": 0.60}  # MPO pair and LC pair together
ATTENUATIONS_DB = (1, 3, 5, 7, 10, 15, 20)


def broken_rules(product: Product) -> list[str]:
    """Every rule that the product breaks on its own; [] when it may be sold."""
    wrong = _unknown_words(product)
    if wrong:
        return wrong
    return [
        *_number_rules(product),
        *_polish_rules(product),
        *_polarity_rules(product),
        *_length_rules(product),
        *_loss_rules(product),
        *_price_rules(product),
        *_family_rules(product),
    ]


def broken_link_rules(product: Product, links: Mapping[str, Link]) -> list[str]:
    """Every rule broken between the product and the links it says it serves."""
    unknown = [name for name in product.applications if name not in links]
    if unknown:
        return [f"applications: {unknown[0]!r} is not a link in the reference tables"]
    served = [links[name] for name in product.applications]
    return [
        *_mode_rules(product, served),
        *_angled_multimode_rules(product, served),
        *_parallel_rules(product, served),
    ]


def serves_angled_multimode(link: Link) -> bool:
    """Whether a link is one of the fast multimode optics that take an APC plug."""
    return link.fiber_mode == "MM" and link.polish == "APC"


def _unknown_words(product: Product) -> list[str]:
    return [
        f"{field}: {getattr(product, field)!r} is unknown; use one of "
        + ", ".join(filter(None, words))
        for field, words in VOCABULARY.items()
        if getattr(product, field) not in words
    ]


def _number_rules(product: Product) -> list[str]:
    if not looks_like_ours(product.sku):
        return []  # another house's numbers say nothing to us
    try:
        part = parse(product.sku)
    except PartNumberError as error:
        return [f"sku: {error.reason}"]
    said = (
        f"{field}: {getattr(product, field)!r} but the part number says {value!r}"
        for field, value in part.facts().items()
        if getattr(product, field) != value
    )
    return [*said, *_part_rules(part, product)]


def _part_rules(part: PartNumber, product: Product) -> list[str]:
    """Rules about leg counts, which the number holds and the columns do not."""
    broken = []
    near, far = part.end_a, part.end_b
    if part.family == "TRK" and near.fibers != far.fibers:
        broken.append("both ends of a trunk carry the same fibers")
    if part.family == "HRN" and not _legs_fit(near.connector, near.count, far.fibers):
        broken.append(f"the legs need {far.fibers} fibers, which the MPO side does not light")
    if part.family == "CNV" and near.fibers != far.fibers:
        broken.append("the legs of a conversion cable add up to the fibers of the trunk end")
    if part.family == "CAS" and near.fibers != far.fibers:
        broken.append("a cassette brings every rear fiber to the front")
    if part.family == "ATT" and part.attenuation_db not in ATTENUATIONS_DB:
        broken.append(f"attenuation is one of {', '.join(map(str, ATTENUATIONS_DB))} dB")
    if part.family == "TOL" and part.kind in ("PIN", "POL") and product.gender_a != "X":
        broken.append("pin and polarity tools are for field-changeable connectors only")
    if part.family == "INS" and part.kind == "TIP" and product.has_mpo and not part.polish:
        broken.append("an MPO tip set says whether it is for PC or APC")
    if part.family == "ENC" and not (part.rack_units in (1, 2, 4) and part.slots):
        broken.append("an enclosure is 1U, 2U or 4U high and has slots")
    return broken


def _legs_fit(connector: str, count: int, leg_fibers: int) -> bool:
    """Four duplex legs light 8 of an MPO-12's fibers; every other harness lights them all."""
    held = count * FIBERS_PER_CONNECTOR.get(connector, 0)
    return leg_fibers == held or (connector == "MPO-12" and leg_fibers * 12 == held * 8)


def _polish_rules(product: Product) -> list[str]:
    mode, broken = fiber_mode(product.fiber), []
    if product.family in MATING and product.has_mpo:
        if mode == "SM" and product.polish != "APC":
            broken.append("polish: a single-mode MPO is always APC")
        if mode == "MM" and product.polish not in ("PC", "APC"):
            broken.append("polish: a multimode MPO is PC, or APC for 100G lanes")
        if not product.brand:
            broken.append("brand: say whether it is MTP (US Conec) or MPO (generic)")
    if product.connector_a == "MMC-16" and mode == "SM" and product.polish not in ("APC", ""):
        broken.append("polish: a single-mode MMC is always APC")
    if product.brand and not product.has_mpo:
        broken.append("brand: MTP and MPO apply only to products with an MPO connector")
    if product.family == "LCP":
        allowed = ("PC",) if mode == "MM" else ("UPC", "APC")
        if product.polish not in allowed:
            broken.append(f"polish: an LC cord on {product.fiber} is {' or '.join(allowed)}")
    return broken


def _polarity_rules(product: Product) -> list[str]:
    broken = []
    if product.polarity == "C" and product.fibers != 12:
        broken.append("polarity: Type C exists for 12 fibers only")
    if product.family in ("TRK", "PAT", "HRN", "CNV") and product.polarity == "NA":
        broken.append("polarity: an MPO cable says its polarity")
    if product.family == "CAS" and product.polarity not in ("A", "B", "U2"):
        broken.append("polarity: a cassette is labelled A, B or U2")
    if product.family == "ADP" and product.has_mpo and product.polarity not in ("A", "B"):
        broken.append("polarity: an MPO adapter is A (opposed key) or B (aligned key)")
    return broken


def _length_rules(product: Product) -> list[str]:
    limits = LENGTHS_M.get(product.family)
    if limits is None:
        return [] if product.length_m is None else ["length_m: this family has no length"]
    if product.length_m is None:
        return ["length_m: a cable needs a length"]
    if not limits[0] <= product.length_m <= limits[1]:
        shortest, longest = metres(limits[0]), metres(limits[1])
        return [f"length_m: a {product.family_name} is {shortest} to {longest} long"]
    return []


def _loss_rules(product: Product) -> list[str]:
    loss = product.max_insertion_loss_db
    cassette = product.family == "CAS"
    limits = LARGEST_CASSETTE_LOSS_DB if cassette else LARGEST_LOSS_DB
    limit = limits.get(product.loss_grade)
    if loss is None or limit is None or not product.has_mpo or product.family not in MATING:
        return []
    if loss > limit:
        return [
            f"max_insertion_loss_db: {loss} is above {limit}, the limit of {product.loss_grade}"
        ]
    return []


def _price_rules(product: Product) -> list[str]:
    broken = []
    if product.price_cents is None and product.price_breaks:
        broken.append("price_breaks: there is no list price to break")
    quantities = [step.from_quantity for step in product.price_breaks]
    if quantities != sorted(set(quantities)):
        broken.append("price_breaks: quantities rise from step to step")
    prices = [product.price_cents or 0, *(step.price_cents for step in product.price_breaks)]
    if any(later > earlier for earlier, later in pairwise(prices)):
        broken.append("price_breaks: more pieces never cost more each")
    return broken


def _family_rules(product: Product) -> list[str]:
    rule = _FAMILY_RULES.get(product.family)
    return rule(product) if rule else []


def _trunk(product: Product) -> list[str]:
    held = FIBERS_PER_CONNECTOR.get(product.connector_a, 0)
    broken = []
    if not (product.connector_a.startswith("MPO") and product.connector_b.startswith("MPO")):
        broken.append("connector: a trunk has MPO plugs at both ends")
    elif not product.fibers or product.fibers % held or not 8 <= product.fibers <= 288:
        broken.append(f"fibers: a trunk has 8 to 288, a multiple of the {held} of its connector")
    return broken + _both_genders(product)


def _both_genders(product: Product) -> list[str]:
    ends = (("a", product.connector_a), ("b", product.connector_b))
    return [
        f"gender_{end}: say M (pinned), F (unpinned) or X (field changeable)"
        for end, connector in ends
        if connector.startswith("MPO") and not getattr(product, f"gender_{end}")
    ]


def _patch_cord(product: Product) -> list[str]:
    broken = _both_genders(product)
    if not product.connector_a.startswith("MPO") or product.connector_a != product.connector_b:
        broken.append("connector: an MPO patch cord has the same MPO at both ends")
    return broken


def _harness(product: Product) -> list[str]:
    broken = _both_genders(product)
    if not product.connector_a.startswith("MPO"):
        broken.append("connector_a: a harness begins with an MPO")
    if product.fibers is None or product.fibers % 2:
        broken.append("fibers: every duplex leg takes two")
    return broken


def _conversion(product: Product) -> list[str]:
    broken = _both_genders(product)
    if not (product.connector_a.startswith("MPO") and product.connector_b.startswith("MPO")):
        broken.append("connector: a conversion cable joins MPO to MPO")
    elif product.connector_a == product.connector_b:
        broken.append("connector: a conversion cable changes the connector")
    return broken


def _lc_cord(product: Product) -> list[str]:
    lc = ("LC-D", "LC-U")
    if product.connector_a not in lc or product.connector_b not in lc:
        return ["connector: an LC cord has LC at both ends"]
    return []


def _small_cord(product: Product) -> list[str]:
    broken = []
    if product.fiber not in ("OS2", "OM4"):
        broken.append("fiber: SN, CS, MDC and MMC cords are OS2 or OM4 only")
    if product.connector_a not in ("SN-D", "CS-D", "MDC-D", "MMC-16"):
        broken.append("connector_a: it is SN, CS, MDC or MMC")
    return broken


def _cassette(product: Product) -> list[str]:
    broken = []
    if not product.connector_a.startswith("MPO") or product.connector_b.startswith("MPO"):
        broken.append("connector: a cassette has MPO at the rear and LC or SN in front")
    if product.gender_a not in ("M", "F"):
        broken.append("gender_a: say whether the rear is pinned (M) or unpinned (F)")
    return broken


def _adapter(product: Product) -> list[str]:
    if product.connector_a != product.connector_b:
        return ["connector: no adapter joins different connectors; that takes a conversion cable"]
    return []


def _loopback(product: Product) -> list[str]:
    if product.has_mpo and product.gender_a not in ("M", "F"):
        return ["gender_a: F fits a transceiver port, M a trunk end"]
    return []


def _attenuator(product: Product) -> list[str]:
    if fiber_mode(product.fiber) != "SM":
        return ["fiber: attenuators are for single mode"]
    return []


def _cleaner(product: Product) -> list[str]:
    if product.has_mpo and not product.gender_a:
        return ["gender_a: say whether it cleans pinned (M), unpinned (F) or both (X)"]
    return []


def _transceiver(product: Product) -> list[str]:
    broken = []
    if len(product.applications) != 1:
        broken.append("applications: a transceiver is exactly one link type")
    if product.has_mpo and product.gender_a != "M":
        broken.append("gender_a: an MPO receptacle in a transceiver is pinned (M)")
    return broken


def _service(product: Product) -> list[str]:
    if product.price_cents is not None or product.stock:
        return ["price_usd: a service has no price or stock; sales quotes it"]
    return []


_FAMILY_RULES = {
    "TRK": _trunk,
    "PAT": _patch_cord,
    "HRN": _harness,
    "CNV": _conversion,
    "LCP": _lc_cord,
    "VSF": _small_cord,
    "CAS": _cassette,
    "ADP": _adapter,
    "LPB": _loopback,
    "ATT": _attenuator,
    "CLN": _cleaner,
    "XCV": _transceiver,
    "SVC": _service,
}


def _mode_rules(product: Product, served: list[Link]) -> list[str]:
    mode = fiber_mode(product.fiber)
    wrong = [link.name for link in served if mode and link.fiber_mode != mode]
    return [f"applications: {wrong[0]} does not run on {product.fiber} fiber"] if wrong else []


def _angled_multimode_rules(product: Product, served: list[Link]) -> list[str]:
    is_angled = product.polish == "APC" and fiber_mode(product.fiber) == "MM"
    if not (is_angled and product.has_mpo and product.family in MATING):
        return []
    if any(serves_angled_multimode(link) for link in served):
        return []
    return ["polish: a multimode MPO is PC unless it serves 100G-lane optics such as 400GBASE-SR4"]


def _parallel_rules(product: Product, served: list[Link]) -> list[str]:
    parallel = [link.name for link in served if link.is_parallel]
    if product.polarity == "C" and parallel:
        return [f"polarity: Type C is for duplex links and cannot serve {parallel[0]}"]
    return []
