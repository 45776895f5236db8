"""Understands how people name links: "100g sr4", "400gbase dr4+", "qsfp28 sr4", "DR4"."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sales.reference.values import Link

FORM_FACTOR_RATES = {
    "qsfp-dd": (400,), "qsfpdd": (400,), "qdd": (400,), "qsfp112": (400,), "qsfp56": (200,),
    "qsfp28": (100,), "qsfp+": (40,), "osfp": (400, 800, 1600), "sfp56": (50,), "sfp28": (25,),
    "sfp+": (10,),
}  # fmt: skip
GBPS_PER_TBPS = 1000
FAMILY_WORDS = {
    "ib": "infiniband", "infiniband": "infiniband", "fc": "fibre-channel",
    "gfc": "fibre-channel", "fibre-channel": "fibre-channel",
}  # fmt: skip
GENERATIONS = ("edr", "hdr", "ndr", "xdr")  # of InfiniBand, written in the link's name
_RATE = re.compile(
    r"(?<![\d.])(\d+(?:\.\d+)?)\s*(g|t)(?:b(?:ase|e|ps|it(?:/s)?|/s)?)?"
    r"(?=[\s/_?,;:-]|$|\d|(?:sr|vr|dr|fr|lr|er|xdr|plr|psm|cwdm|swdm|bidi))"
)
_BASE = re.compile(r"(\d)\s*([gt])\s*-?\s*base\s*-?\s*")
_RATE_PREFIX = re.compile(r"^\d+(?:\.\d+)?(?:gbase|tbase|gfc|g|t)-?")
_LIKE_A_NAME = re.compile(
    r"(?<![\w.])(?:\d+(?:\.\d+)?\s?[gt](?:base|bs?e|bas)?[\s-]{0,2})"
    r"(?:\d+x)?(?:e?[svdflezx]r|psm|plr|cwdm|swdm|bidi|zr)[\w.+-]*"
    r"|(?<![\w.-])(?:e?[svdflezx]r|psm|plr|cwdm|swdm)\d[\w.+-]*",
    re.IGNORECASE,
)
_CLOSE = 0.6  # likeness of two endings, such as "zr4" and "fr4"
_WORD = re.compile(r"[a-z0-9.+]+(?:-[0-9]+(?![0-9a-z]))?")


@dataclass(frozen=True)
class Asked:
    """What a text says about a link: rates, words such as "dr4", families and generations."""

    rates: frozenset[int]
    words: frozenset[str]
    families: frozenset[str]
    generations: frozenset[str]


def match_links(text: str, links: Iterable[Link]) -> list[Link]:
    """Links that the text may mean, in the given order; one when it names one exactly.

    Without a word about InfiniBand or Fibre Channel, Ethernet is meant where Ethernet has it.
    """
    known = list(links)
    exact = [link for link in known if squeeze(text) in _names(link)]
    if exact:
        return exact[:1]
    asked = understand(text)
    found = [link for link in known if _fits(link, asked) and _endings(link) & asked.words]
    if not found:  # "400G LR4" also stands for LR4-6 and LR4-10
        found = [link for link in known if _fits(link, asked) and _stems(link) & asked.words]
    if not found and asked.generations:
        found = [link for link in known if _fits(link, asked)]
    ethernet = [link for link in found if link.family == "ethernet"]
    return ethernet or found


def names_like_a_link(text: str) -> str:
    """The word in a text that is built like the name of an optic ("400GBASE-ZR9"), or ""."""
    found = _LIKE_A_NAME.search(text)
    return " ".join(found.group().split()) if found else ""


def nearest_links(name: str, links: Iterable[Link], most: int = 3) -> list[Link]:
    """The links whose names are most like an unknown one, those of its data rate first."""
    asked = understand(name)
    families = asked.families or {"ethernet"}
    known = [link for link in links if link.family in families]
    ending = _RATE_PREFIX.sub("", _BASE.sub(r"\1\2-", name.lower()).replace(" ", "-")).strip("-")
    likeness = {link.name: _likeness(ending, link) for link in known}
    of_rate = [link for link in known if link.rate_gbps in asked.rates]
    close = [link for link in known if likeness[link.name] >= _CLOSE and link not in of_rate]
    return sorted(of_rate, key=lambda link: -likeness[link.name])[:most] or close[:most]


def _likeness(ending: str, link: Link) -> float:
    return max(difflib.SequenceMatcher(None, ending, own).ratio() for own in _endings(link))


@lru_cache(maxsize=1_024)  # the names of the links, again and again
def squeeze(text: str) -> str:
    """A name without what people vary: "400 GBASE DR4" and "400g-dr4" are both "400gdr4"."""
    bare = re.sub(r"\(.*?\)", "", text.lower())
    bare = re.sub(r"(?<=\d)\s*([gt])\s*-?\s*(?:base|be)?\s*-?\s*", r"\1", bare)
    return re.sub(r"[\s_/]+", "", bare)


def understand(text: str) -> Asked:
    """The rates, the words and the families that a text names."""
    lowered = _BASE.sub(r"\1\2 ", text.lower())
    rates = {_gbps(number, unit) for number, unit in _RATE.findall(lowered)}
    for name, speeds in FORM_FACTOR_RATES.items():
        if re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9+])", lowered):
            rates.update(() if rates else speeds)
    found = (word.rstrip(".") for word in _WORD.findall(lowered))
    words = frozenset(_RATE_PREFIX.sub("", word) for word in found)
    return Asked(
        frozenset(rates),
        words,
        frozenset(FAMILY_WORDS[word] for word in words if word in FAMILY_WORDS),
        words & frozenset(GENERATIONS),
    )


def _gbps(number: str, unit: str) -> int:
    return round(float(number) * (GBPS_PER_TBPS if unit == "t" else 1))


def _names(link: Link) -> set[str]:
    return {squeeze(name) for name in (link.name, *link.aliases)}


def _endings(link: Link) -> set[str]:
    """What is left of the names without the rate: "dr4", "sr4.2", "bidi"."""
    return {_ending(name) for name in (link.name, *link.aliases)}


@lru_cache(maxsize=1_024)
def _ending(name: str) -> str:
    bare = re.sub(r"\(.*?\)", "", name.lower()).strip()
    return _RATE_PREFIX.sub("", re.sub(r"^(ib-[a-z]+-|q(dd|sfp)-)", "", bare))


def _stems(link: Link) -> set[str]:
    return {ending.partition("-")[0] for ending in _endings(link)}


def _fits(link: Link, asked: Asked) -> bool:
    if asked.rates and link.rate_gbps not in asked.rates:
        return False
    if asked.generations and not asked.generations & set(link.name.lower().split("-")):
        return False
    return not asked.families or link.family in asked.families
