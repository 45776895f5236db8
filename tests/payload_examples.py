"""Payloads of computed advice, as the code makes them. The widget's tests read them from a file.

python -m tests.payload_examples    # writes the file anew
"""

from __future__ import annotations

import json
from typing import Any

from sales.channel_build import build_channel, cassette, lc_cord, mpo_cord, trunk
from sales.channel_check import check_channel
from sales.channel_fixes import channel_fixes
from sales.channel_parts import Optic, Part, optic_of
from sales.channel_text import channel_payload
from sales.link_budget import LinkBudgetQuery, link_budget
from sales.link_budget_fixes import fixes
from sales.link_budget_text import link_budget_payload
from sales.reference.files import known_links, read_components
from sales.settings import PROJECT

FILE = PROJECT / "web" / "test" / "payloads.json"
LINKS = known_links()
COMPONENTS = {component.id: component for component in read_components()}
Json = dict[str, Any]


def examples() -> dict[str, Json]:
    """By name; without the SVG, which the website is not sent."""
    return {
        name: {key: value for key, value in payload.items() if key != "svg"}
        for name, payload in _payloads().items()
    }


def svgs() -> dict[str, str]:
    """The drawings for other clients, by name."""
    return {name: str(payload["svg"]) for name, payload in _payloads().items()}


def _payloads() -> dict[str, Json]:
    sr4, sr8 = optic_of(LINKS["100GBASE-SR4"]), optic_of(LINKS["400GBASE-SR8"])
    sr, dr4 = optic_of(LINKS["10GBASE-SR"]), optic_of(LINKS["400GBASE-DR4"])
    cord = mpo_cord("B", "OM4")
    boxes = cassette("B", "OM4"), trunk("B", "OM4"), cassette("B", "OM4")
    return {
        "works": _channel(sr4, cord, trunk("B", "OM4"), cord),
        "fails": _channel(sr4, mpo_cord("B", "OM4", "FM"), trunk("B", "OM4", "FF"), cord),
        "wrong": _channel(sr4, mpo_cord("A", "OM4")),
        "cassettes": _channel(sr, lc_cord("OM4"), *boxes, lc_cord("OM4")),
        "sixteen": _channel(sr8, mpo_cord("B", "OM4", connector="MPO-16", polish="APC")),
        "open": _channel(dr4, mpo_cord("B", "OS2", "F?"), mpo_cord("A", "OS2", "FF")),
        "unfit": _channel(sr4, cord, lc_cord("OM4")),
        "budget": _budget("100GBASE-SR4", "OM4", 60, 2, grade="LL"),
        "budget_over": _budget("400GBASE-DR4", "OS2", 400, 4, splices=1),
        "budget_untypical": _budget("100GBASE-SR4", "OM4", 60, 2, pair_loss_db=0.4),
    }


def _channel(optic: Optic, *parts: Part) -> Json:
    check = check_channel(build_channel(optic, parts, optic))
    return channel_payload(check, channel_fixes(check))


def _budget(name: str, fiber: str, length_m: float, connections: int, **more: Any) -> Json:
    query = LinkBudgetQuery(LINKS[name], fiber, length_m, connections, **more)
    budget = link_budget(query, COMPONENTS)
    payload = link_budget_payload(budget, fixes(budget, COMPONENTS, tuple(LINKS.values())))
    assert payload is not None
    return payload


def as_text() -> str:
    """What the file holds: one payload a line."""
    lines = [f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in examples().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(as_text(), encoding="utf-8")
