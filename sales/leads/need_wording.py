"""What a lead needs, in words for colleagues. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
WORDS: Mapping[str, Mapping[Any, str]] = {
    "data_rate": {1_600: "1.6T", 3_200: "3.2T"},
    "fiber": {"SM": "single mode", "MM": "multimode"},
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
    """The need in a few words for a heading, "400G, 24 pieces"; "" when too little is known."""
    rate, pieces = need.get("data_rate"), need.get("quantity")
    told = ["" if rate in (None, "unsure") else _words("data_rate", rate)]
    told.append(f"{pieces} pieces" if isinstance(pieces, int) else "")
    return ", ".join(part for part in told if part)


def _label(name: str) -> str:
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def _words(name: str, value: Json) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {part}" for key, part in value.items() if part not in (None, ""))
    if isinstance(value, list | tuple):
        return ", ".join(_words(name, part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    said = WORDS.get(name, {}).get(value)
    return said or _measured(name, value)


def _measured(name: str, value: Json) -> str:
    """A number with its unit."""
    if not isinstance(value, int | float):
        return str(value)
    if name in ("data_rate", "data_rate_gbps"):
        return f"{value:g}G"
    if name == "distance_m":
        return f"{value:g} m"
    return f"{value:,}"
