"""What a lead needs, in words for colleagues. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sales.catalog.wording import FIBER_WORDS, query_text
from sales.leads.lead import Lead
from sales.reference.values import rate_text

Json = Any

LABELS = {  # in the order in which they are read
    "data_rate": "Data rate",
    "data_rate_gbps": "Data rate",
    "quantity": "Quantity",
    "product_query": "Asked for",
    "fiber": "Fiber",
    "distance_m": "Length",
    "rework": "Rework in the field",
    "loss_sensitivity": "Loss and reflection",
    "budget": "Budget",
    "budget_usd": "Budget in US dollars",
    "site": "Site",
    "future_upgrades": "Upgrades",
}
IN_A_HEADING = ("data_rate", "quantity", "fiber", "distance_m", "site")  # clear without a label
UNSURE = "unsure"
WORDS: Mapping[str, Mapping[Any, str]] = {
    "fiber": FIBER_WORDS,
    "rework": {"yes": "matters", "no": "not needed"},
    "loss_sensitivity": {"high": "sensitive", "low": "not sensitive"},
    "budget": {
        "tight": "lowest price",
        "balanced": "balanced",
        "performance": "performance first",
    },
    "future_upgrades": {"future": "expected"},
}


def need_rows(need: Mapping[str, Json]) -> list[tuple[str, str]]:
    """The need as (label, words), what decides first; [] when nothing is known.

    What the visitor is unsure about is said, too. An unknown key is its own label.
    """
    known = [name for name in LABELS if name in need]
    others = [name for name in need if name not in LABELS]
    rows = [(_label(name), _words(name, need[name])) for name in (*known, *others)]
    return [(label, words) for label, words in rows if words]


def need_line(need: Mapping[str, Json]) -> str:
    """ "400G, 24 pieces, single mode, data center", else the product asked for; "" if neither."""
    told = [_words(name, need.get(name)) for name in IN_A_HEADING if need.get(name) != UNSURE]
    return ", ".join(filter(None, told)) or _words("product_query", need.get("product_query"))


def need_in_short(lead: Lead) -> str:
    """The need on one line; while nothing is known of it, what was recommended, or the note."""
    return need_line(lead.need) or str((lead.recommendation or {}).get("text", "")) or lead.note


def _label(name: str) -> str:
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def _words(name: str, value: Json) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, Mapping):
        return query_text(value) if name == "product_query" else _pairs(value)
    if isinstance(value, list | tuple):
        return ", ".join(_words(name, part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    said = WORDS.get(name, {}).get(value)
    return said or _measured(name, value)


def _pairs(value: Mapping[str, Json]) -> str:
    return ", ".join(f"{key}: {part}" for key, part in value.items() if part not in (None, ""))


def _measured(name: str, value: Json) -> str:
    """A number with its unit; a word such as data_center as people write it."""
    if not isinstance(value, int | float):
        return str(value).replace("_", " ")
    if name in ("data_rate", "data_rate_gbps"):
        return rate_text(value)
    if name == "distance_m":
        return f"{value:g} m"
    if name == "quantity":
        return f"{value:,} piece{'' if value == 1 else 's'}"
    return f"{value:,}"
