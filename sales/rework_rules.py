"""What to do about a fault at a fiber connector: one rule for each kind of damage or symptom.

The table is read from top to bottom and the first rule that applies decides. Every rule says where
it comes from. Polishing itself is bench work for the supplier or a lab, never field work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MPO, LC = "MPO", "LC"
CORD, TRUNK, CASSETTE, OPTIC = PLACES = ("cord", "trunk", "cassette", "transceiver")
# What is seen under the scope, or by eye; "" means that nobody has looked yet.
DAMAGES = (
    "dirt", "film", "scratch in the core", "scratch outside the core", "pit in the core",
    "edge chip", "fiber protrudes", "fiber recessed", "crack", "shattered fiber", "bond line crack",
    "ferrule damage", "bent or missing pin", "broken housing", "cable kinked or crushed", "none",
)  # fmt: skip
SYMPTOMS = (
    "no light", "high loss", "some lanes fail", "intermittent", "high reflectance",
    "fails at 1550 only", "",
)  # fmt: skip
INSPECT, CLEAN, KEEP, REPOLISH, RETERMINATE, REPLACE, ELSEWHERE = ACTIONS = (
    "inspect", "clean", "keep", "re-polish", "re-terminate", "replace", "look elsewhere",
)  # fmt: skip

ARTICLE = 'Infinite Networks, "MTP vs MPO Fiber Connectors" (June 2025), comparison table'
DEFECTS = "Panduit FS061, fiber end face defects and recommended actions (2018)"
CLEANING = "samm.com; flippingbook MPO cleaning article; zion-communication.com"
PINS = "tarluz.com, rules for mating MPO and MTP cords; docs.nvidia.com"
TROUBLE = "public fiber-optics training course; korean.optical-module.com"
GENERAL = "general industry knowledge"
POLISHABLE = (
    "scratch in the core", "pit in the core", "edge chip", "fiber protrudes",
)  # fmt: skip
DESTROYED = ("crack", "bond line crack", "ferrule damage", "shattered fiber", "fiber recessed")


@dataclass(frozen=True)
class Fault:
    """What the visitor says. None means not known or not asked yet."""

    symptom: str = ""
    ferrule: str = MPO  # MPO or LC
    damage: str = ""
    place: str = CORD
    is_mtp: bool | None = None  # US Conec's, whose housing comes off; None: not known
    was_cleaned: bool = False  # dry, then wet and dry, and inspected again

    def __post_init__(self) -> None:
        for said, known in (
            (self.symptom, SYMPTOMS),
            (self.damage, ("", *DAMAGES)),
            (self.place, PLACES),
            (self.ferrule, (MPO, LC)),
        ):
            if said not in known:
                raise ValueError(
                    f"{said!r} is unknown; use one of {', '.join(filter(None, known))}."
                )


@dataclass(frozen=True)
class Rule:
    """What decides, what to do, and why. Reasons are whole sentences."""

    id: str
    applies: Callable[[Fault], bool]
    action: str
    why: str
    source: str
    sends_in: bool = False


def _in(*damages: str) -> Callable[[Fault], bool]:
    return lambda fault: fault.damage in damages


RULES: tuple[Rule, ...] = (
    Rule(
        "cable",
        _in("cable kinked or crushed"),
        REPLACE,
        "Glass that was kinked or crushed stays weak, and no work at the connector heals it.",
        GENERAL,
    ),
    Rule(
        "port",
        lambda fault: (
            fault.place == OPTIC
            and fault.damage in (*POLISHABLE, *DESTROYED, "bent or missing pin", "broken housing")
        ),
        REPLACE,
        "The port of a transceiver is not reworked: the module is replaced.",
        GENERAL,
        sends_in=True,
    ),
    Rule(
        "pins",
        _in("bent or missing pin"),
        REPLACE,
        "A bent pin damages every ferrule it meets. Take the plug out of use at once, and inspect "
        "what it was mated with. Only a connector whose pins change in the field (MTP PRO) gets "
        "new pins on site.",
        PINS,
        sends_in=True,
    ),
    Rule(
        "housing",
        _in("broken housing"),
        REPLACE,
        "If the ferrule is sound, an MTP housing can be exchanged by the supplier, as it comes "
        "off; a generic plug is replaced.",
        ARTICLE,
        sends_in=True,
    ),
    Rule(
        "recessed or shattered",
        _in("fiber recessed", "shattered fiber"),
        RETERMINATE,
        "The glass is gone or too deep: polishing cannot bring it back. The end is cut off and "
        "re-terminated, or the part replaced.",
        DEFECTS,
    ),
    Rule(
        "destroyed",
        _in("crack", "bond line crack", "ferrule damage"),
        REPLACE,
        "Cracks and ferrule damage are not polished away: the connector is replaced.",
        DEFECTS,
    ),
    Rule(
        "scratch outside the core",
        _in("scratch outside the core"),
        KEEP,
        "A scratch outside the core zone passes within the limits of IEC 61300-3-35. Measure the "
        "loss; if it is within the limit, leave it alone.",
        "IEC 61300-3-35, as described by flippingbook and a public fiber-optics training course",
    ),
    Rule(
        "polishable LC",
        lambda fault: fault.ferrule == LC and fault.damage in POLISHABLE,
        REPOLISH,
        "Scratches, pits, edge chips and a protruding fiber may be polished out of a single "
        "ferrule; for a cord a new one costs less.",
        DEFECTS,
        sends_in=True,
    ),
    Rule(
        "polishable MTP",
        lambda fault: fault.is_mtp is True and fault.damage in POLISHABLE,
        REPOLISH,
        "The housing of an MTP comes off, so the supplier can re-polish it: bench, jig, "
        "interferometer and trained staff. It is not done on site.",
        f"{ARTICLE}: re-polishing; {DEFECTS}; {GENERAL}",
        sends_in=True,
    ),
    Rule(
        "polishable MPO, kind unknown",
        lambda fault: fault.is_mtp is None and fault.damage in POLISHABLE,
        REPLACE,
        "If it is an MTP, the supplier may re-polish it; a generic MPO counts as not "
        "re-polishable and is replaced. The print on the plug or the order tells which it is.",
        f"{ARTICLE}: re-polishing; {DEFECTS}",
        sends_in=True,
    ),
    Rule(
        "polishable MPO",
        _in(*POLISHABLE),
        REPLACE,
        "A generic MPO counts as not re-polishable, so it is replaced; many newer bodies do come "
        "apart, so for a costly assembly ask the supplier.",
        f"{ARTICLE}: re-polishing; {GENERAL}",
    ),
    Rule(
        "dirt stays",
        lambda fault: fault.damage in ("dirt", "film") and fault.was_cleaned,
        REPLACE,
        "What stays after dry cleaning and after wet-to-dry cleaning is not dirt but damage, or "
        "burnt in.",
        f"{CLEANING}; {GENERAL}",
        sends_in=True,
    ),
    Rule(
        "dirt",
        _in("dirt", "film"),
        CLEAN,
        "Dirt is the commonest fault and the cheapest to cure. Clean both sides of the pair: dry "
        "first, then wet and dry if needed, and inspect again before mating.",
        CLEANING,
    ),
    Rule(
        "bend",
        lambda fault: fault.symptom == "fails at 1550 only",
        ELSEWHERE,
        "Passing 1310 nm and failing 1550 nm points to a bend, as longer waves leak more. Free "
        "the tight spot before touching a connector.",
        TROUBLE,
    ),
    Rule(
        "sound face, lanes out",
        lambda fault: fault.damage == "none" and fault.symptom in ("no light", "some lanes fail"),
        ELSEWHERE,
        "The face is sound, so check fiber type, gender, polarity and polish of the channel, then "
        "the module.",
        TROUBLE,
    ),
    Rule(
        "sound face",
        _in("none"),
        ELSEWHERE,
        "The face is sound: inspect the other side of the pair, then look for bends, and swap in "
        "a known good cord.",
        TROUBLE,
    ),
    Rule(
        "cleaned, not inspected",
        lambda fault: fault.was_cleaned,
        INSPECT,
        "It was cleaned and still misbehaves: look at both faces under the scope, as what is "
        "seen there decides.",
        CLEANING,
    ),
    Rule(
        "nobody looked",
        lambda _: True,
        CLEAN,
        "Inspect first, clean both sides, inspect again: most faults end here, and what stays on "
        "the face decides what comes next.",
        CLEANING,
    ),
)
