"""How people name links, and which links they mean."""

from __future__ import annotations

import pytest

from sales.reference.files import known_links
from sales.reference.names import match_links, names_like_a_link, nearest_links


def meant(text: str) -> list[str]:
    return [link.name for link in match_links(text, known_links().values())]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("400GBASE-DR4", "400GBASE-DR4"),
        ("100g sr4", "100GBASE-SR4"),
        ("400 g dr4", "400GBASE-DR4"),
        ("400gdr4", "400GBASE-DR4"),
        ("how far does 400gdr4 go", "400GBASE-DR4"),
        ("400gbase dr4+", "400G-XDR4"),
        ("400G-DR4-2", "400GBASE-DR4-2"),
        ("400g sr4.2?", "400GBASE-SR4.2"),
        ("qsfp28 sr4", "100GBASE-SR4"),
        ("QSFP-DD DR4", "400GBASE-DR4"),
        ("1.6T DR8", "1.6TBASE-DR8"),
        ("100GBASE-PSM4", "100G-PSM4"),
        ("100G-FR", "100GBASE-FR1"),
        ("QDD-400G-SRBD", "400GBASE-SR4.2"),
        ("NDR SR4", "IB-NDR-SR4"),
        ("800G 2xFR4", "800G-2xFR4"),
        ("800G FR8", "800G-2xFR4"),
        ("10gbase sr", "10GBASE-SR"),
        ("16GFC-SW", "16GFC-SW"),
    ],
)
def test_one_link_is_found_in_every_spelling(text: str, name: str) -> None:
    assert meant(text) == [name]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SR4", ["40GBASE-SR4", "100GBASE-SR4", "200GBASE-SR4", "400GBASE-SR4"]),
        ("dr4", ["200GBASE-DR4", "400GBASE-DR4", "800GBASE-DR4"]),
        ("400G LR4", ["400GBASE-LR4-6", "400G-LR4-10"]),
        ("ndr", ["IB-NDR-SR4", "IB-NDR-DR4"]),
        ("bidi", ["40G-BiDi", "100G-BiDi", "400GBASE-SR4.2"]),
    ],
)
def test_a_name_that_several_share_gives_them_all(text: str, names: list[str]) -> None:
    assert meant(text) == names


@pytest.mark.parametrize("text", ["", "400G", "800g dr8+", "25G DR4", "the weather", "5g phone"])
def test_what_is_no_link_of_ours_gives_none_rather_than_a_near_one(text: str) -> None:
    assert meant(text) == []


@pytest.mark.parametrize("name", list(known_links()))
def test_every_link_is_found_by_its_own_name_in_any_case(name: str) -> None:
    assert meant(name.lower()) == [name]


@pytest.mark.parametrize(
    ("unknown", "near"),
    [
        ("400GBASE-DR4-3", "400GBASE-DR4-2"),
        ("100G SR5", "100GBASE-SR4"),
        ("800G 2xDR4", "800G-2xFR4"),
        ("ZR4", "LR4"),
    ],
)
def test_an_unknown_name_has_at_most_three_near_ones(unknown: str, near: str) -> None:
    names = [link.name for link in nearest_links(unknown, known_links().values())]

    assert 1 <= len(names) <= 3
    assert any(near in name for name in names)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("how far does 400GBASE-ZR9 go?", "400GBASE-ZR9"),
        ("100G ZR reach", "100G ZR"),
        ("what is the weather", ""),
        ("400G over 60 m", ""),
    ],
)
def test_what_is_built_like_a_name_is_seen(text: str, name: str) -> None:
    assert names_like_a_link(text) == name
