"""Whether two optics link is told from lanes, light and fiber, whatever cabling joins them."""

from __future__ import annotations

import re

import pytest

from sales.reference.files import known_links
from sales.reference.pairing import obstacle, pairing_text

LINKS = known_links()


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("100GBASE-SR4", "100G-BiDi", r"No: .*4 lanes of 25G NRZ against 2 lanes of 50G PAM4"),
        ("100GBASE-LR4", "100G-CWDM4", r"No: .*1295.56, .* nm against 1271"),
        ("100GBASE-DR", "100GBASE-LR4", r"No: .*1 lane of 100G PAM4 against 4 lanes of 25G NRZ"),
        ("100GBASE-FR1", "100GBASE-LR1", r"Yes, as a rule: .*up to 2 km"),
        ("400GBASE-DR4", "100GBASE-FR1", r"Yes, as a rule: .*4 x 100GBASE-FR1 .*up to 500 m"),
        ("400GBASE-DR4", "400GBASE-FR4", r"No: .*1310 nm against 1271"),
        ("400GBASE-SR4", "100GBASE-SR4", r"No: .*100G PAM4 against 4 lanes of 25G NRZ"),
        ("400GBASE-SR4.2", "100G-BiDi", r"Yes, as a rule: 400GBASE-SR4.2 to 4 x 100G-BiDi"),
        ("25GBASE-SR", "10GBASE-SR", r"No: .*unless both modules and ports run at 10G"),
        ("100GBASE-SR10", "40GBASE-SR4", r"No: .*100G against 40G"),
        ("100GBASE-SR4", "100GBASE-LR4", r"No: .*multimode, .*single mode"),
        ("400GBASE-DR4", "400GBASE-DR4", r"Yes: two 400GBASE-DR4"),
    ],
)
def test_a_pair_gets_a_verdict_with_its_reason(one: str, other: str, said: str) -> None:
    assert re.match(said, pairing_text(LINKS[one], LINKS[other]))


def test_it_does_not_matter_which_optic_is_named_first() -> None:
    for one in LINKS.values():
        for other in LINKS.values():
            assert bool(obstacle(one, other)) == bool(obstacle(other, one)), (one.name, other.name)
