"""Names of optics: "400GBASE-DR4", "400g dr4", "qsfp28 sr4" → one canonical name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.nlu.entities.phrases import Rule, rule
from bot.nlu.entities.quantities import GIGA, TERA

LINKS_FILE = Path(__file__).resolve().parents[3] / "data" / "reference" / "links.yml"

# Used while data/reference/links.yml is absent; the same names with their other spellings.
BUILT_IN = {
    "10GBASE": "SR LRM LR ER",
    "25GBASE": "SR LR",
    "40GBASE": "SR4 eSR4=XSR4=CSR4 LR4 FR",
    "40G": "PLR4=PSM4=PLRL4 BiDi SWDM4",
    "50GBASE": "SR FR LR",
    "100GBASE": "SR10 SR4 SR2 VR1 SR1 DR=DR1 FR1=FR LR1=LR LR4 ER4",
    "100G": "BiDi=SRBD=SR1.2 SWDM4 PSM4 CWDM4",
    "200GBASE": "SR4 VR2 SR2 DR4 FR4 LR4 DR1",
    "400GBASE": "SR16 SR8 SR4.2=BiDi=BD4.2=SRBD VR4 SR4 DR4 DR4-2 FR4 LR4-6 FR8 LR8 ER8 DR2",
    "400G": "XDR4=DR4+ LR4-10=LR4",
    "800GBASE": "VR8 SR8 DR8 DR8-2=2xXDR4=XDR8 DR4",
    "800G": "2xFR4 2xLR4",
    "1.6TBASE": "DR8 DR8-2",
    "IB": "EDR-SR4 HDR-SR4 NDR-SR4 NDR-DR4 XDR-DR4",
    "8GFC": "SW",
    "16GFC": "SW",
    "32GFC": "SW",
    "64GFC": "SW",
    "128GFC": "SW4",
}
FORM_FACTOR_RATES = {
    "sfp +": "10",
    "sfp28": "25",
    "sfp56": "50",
    "qsfp +": "40",
    "qsfp28": "100",
    "qsfp56": "200",
    "qsfp112": "400",
    "qsfp-dd": "400",
    "qsfpdd": "400",
}
SLOWEST_ONLY_IN_GIGABITS = 40  # "400BASE-DR4" can only be 400GBASE-DR4; "10BASE" is another thing
INFINIBAND = {"EDR": "100", "HDR": "200", "NDR": "400", "XDR": "800"}

_ETHERNET = re.compile(r"^(\d+(?:\.\d+)?)([GT])(?:BASE)?-(.+)$", re.IGNORECASE)
_FIBRE_CHANNEL = re.compile(r"^(\d+)GFC-(.+)$", re.IGNORECASE)
_BARE = re.compile(r"(?=.*\d)[A-Za-z]{2,5}\d[\d.]*|BiDi", re.IGNORECASE)


def load_names(path: Path = LINKS_FILE) -> dict[str, tuple[str, ...]]:
    """Each optic's canonical name with its aliases, from the reference table if it is there."""
    if not path.is_file():
        return _built_in()
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    entries = content.get("links", []) if isinstance(content, dict) else content
    return {entry["name"]: tuple(_aliases(entry)) for entry in entries or [] if "name" in entry}


def _aliases(entry: dict[str, Any]) -> Iterator[str]:
    for alias in entry.get("aliases") or []:
        yield str(alias).partition(" (")[0].strip()


def _built_in() -> dict[str, tuple[str, ...]]:
    names = {}
    for prefix, variants in BUILT_IN.items():
        for spellings in variants.split():
            first, *others = spellings.split("=")
            names[f"{prefix}-{first}"] = tuple(f"{prefix}-{other}" for other in others)
    return names


def link_rules(names: dict[str, tuple[str, ...]] | None = None) -> list[Rule]:
    """Rules for every optic, and for a bare "SR4", whose rate the message leaves open."""
    names = load_names() if names is None else names
    own = {name.upper() for name in names}
    rules = []
    for name, aliases in names.items():
        others = [
            alias for alias in (*aliases, *EXTRA_ALIASES.get(name, ())) if alias.upper() not in own
        ]
        rules.append(rule("link", name, *_unique(_patterns([name, *others]))))
    bare = sorted({variant for name in names for variant in _bare_variants(name)})
    rules += [rule("link", variant, variant) for variant in bare]
    rules += [
        rule("link", name, *patterns) for name, patterns in BARE_NAMES.items() if name in names
    ]
    return rules


EXTRA_ALIASES = {
    "100GBASE-DR": ("100G-DR1",),
    "400G-LR4-10": ("400G-LR4",),
    "400G-XDR4": ("400GBASE-DR4+", "400GBASE-DR4plus", "400G-DR4plus"),
    "800GBASE-DR8-2": ("800GBASE-DR8+", "800GBASE-DR8plus"),
    "400GBASE-SR4.2": ("400G-SRBD", "400G-SR4-BiDi"),
}


BARE_NAMES = {  # without a data rate, and still only one optic
    "400G-XDR4": ("dr 4 +|plus", "xdr 4"),
    "800GBASE-DR8-2": ("dr 8 +|plus", "xdr 8"),
    "800G-2xFR4": ("2 x fr 4",),
    "800G-2xLR4": ("2 x lr 4",),
}


def _unique(patterns: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(patterns))


def _patterns(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if match := _FIBRE_CHANNEL.match(name):
            yield from _fibre_channel(*match.groups())
        elif name.upper().startswith("IB-"):
            yield from _infiniband(name)
        elif match := _ETHERNET.match(name):
            yield from _ethernet(*match.groups())
        else:
            yield _spread(name)


def _ethernet(rate: str, unit: str, variant: str) -> Iterator[str]:
    units, words = (GIGA if unit.upper() == "G" else TERA), _spread(variant)
    yield f"{rate} -? {units} ethernet|base? -? {words}"
    for form, speed in FORM_FACTOR_RATES.items():
        if unit.upper() == "G" and speed == rate:
            yield f"{form} -? {words}"
            yield f"{form} -? {rate} g -? {words}"
    if float(rate) >= SLOWEST_ONLY_IN_GIGABITS:
        yield f"{rate} -? base -? {words}"
    yield f"{rate} {units} qsfp|osfp|qsfp-dd {words}"
    yield f"{words} {rate} {units}"


def _fibre_channel(rate: str, variant: str) -> Iterator[str]:
    yield f"{rate} -? gfc -? {_spread(variant)}"
    yield f"{rate} -? gfc"
    yield f"{rate} -? g fc|fiber-channel"


def _infiniband(name: str) -> Iterator[str]:
    _, speed, variant = name.split("-", 2)
    words = _spread(variant)
    yield f"ib|infiniband? -? {speed} infiniband? -? {words}"


def _bare_variants(name: str) -> Iterator[str]:
    """ "SR4" of "100GBASE-SR4"; "FR" or "SW" alone mean too many other things."""
    variant = name.split("-", 1)[-1]
    if _BARE.fullmatch(variant):
        yield variant


def _spread(name: str) -> str:
    """The name as pattern words: "DR4-2" → "dr 4 -? 2", "2xFR4" → "2 x fr 4"."""
    parts = re.findall(r"\d+x(?=[A-Za-z])|\d+(?:\.\d+)?|[A-Za-z]+|[-+]", name)
    words = [
        "-?" if part == "-" else f"{part[:-1]} x" if re.fullmatch(r"\d+x", part) else part.lower()
        for part in parts
    ]
    return " ".join(words)
