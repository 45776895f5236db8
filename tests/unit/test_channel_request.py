"""What visitors write about a channel is read as they mean it, and what is assumed is told."""

from __future__ import annotations

import pytest

from bot.channel_request import read_channel
from sales.channel_build import lc_cord
from sales.channel_check import ChannelCheck, check_channel
from sales.channel_described import CORDS, ENDS, TRUNK, described_channel, missing, with_facts
from sales.channel_parts import CONVERSION, ChannelError
from sales.reference.files import known_links

LINKS = list(known_links().values())
BOTH_B = {"cord.near.wiring": "B", "cord.far.wiring": "B"}
BOTH_A = {"cord.near.wiring": "A", "cord.far.wiring": "A"}


def check(text: str) -> ChannelCheck:
    return check_channel(described_channel(read_channel(text), LINKS))


def has(facts: dict[str, str], said: dict[str, str]) -> bool:
    return said.items() <= facts.items()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SR4 to SR4", {"near.optic": "SR4", "far.optic": "SR4"}),
        ("SR4 at one end, DR4 at the other", {"near.optic": "SR4", "far.optic": "DR4"}),
        ("100G SR4 on both sides", {"near.optic": "100G SR4", "far.optic": "100G SR4"}),
        ("two 400G DR4", {"near.optic": "400G DR4", "far.optic": "400G DR4"}),
        ("QSFP at both ends", {"near.connector": "MPO-12", "far.connector": "MPO-12"}),
        ("SFP+ on both ends", {"near.connector": "LC", "far.connector": "LC"}),
        ("MPO-16 transceivers", {"near.connector": "MPO-16"}),
        ("LC through cassettes", {"near.connector": "LC", "cassette": "yes"}),
    ],
)
def test_the_ends_are_read(text: str, said: dict[str, str]) -> None:
    assert has(read_channel(text), said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("type B trunk", {"trunk.wiring": "B"}),
        ("trunk type b", {"trunk.wiring": "B"}),
        ("a type-A trunk", {"trunk.wiring": "A"}),
        ("B-type trunck", {"trunk.wiring": "B"}),
        ("straight-through trunk", {"trunk.wiring": "A"}),
        ("does a type C trunk work", {"trunk.wiring": "C"}),
        ("female-female trunk", {"trunk.near.gender": "F", "trunk.far.gender": "F"}),
        ("trunk with pins", {"trunk.near.gender": "M", "trunk.far.gender": "M"}),
        ("trunk, male to female", {"trunk.near.gender": "M", "trunk.far.gender": "F"}),
        ("M/M trunk", {"trunk.near.gender": "M", "trunk.far.gender": "M"}),
        ("24 fibre trunk", {"trunk.connector": "MPO-24"}),
        ("base-8 trunk", {"trunk.connector": "MPO-8"}),
        ("an APC OS2 trunk", {"trunk.polish": "APC", "trunk.fiber": "OS2"}),
        ("riser trunk in a plenum space", {"trunk.jacket": "OFNR", "space": "plenum"}),
        ("no trunk", {"trunk": "no"}),
        ("SR4 to SR4 with a single type B cord", {"trunk": "no", **BOTH_B}),
    ],
)
def test_the_trunk_is_read(text: str, said: dict[str, str]) -> None:
    assert has(read_channel(text), said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("type A cords both ends", BOTH_A),
        ("two type B jumpers", BOTH_B),
        ("trunk B, cords B", {"trunk.wiring": "B", **BOTH_B}),
        ("one A cord and one B cord", {"cord.near.wiring": "A", "cord.far.wiring": "B"}),
        (
            "type A cord at one end and type B at the other",
            {"cord.near.wiring": "A", "cord.far.wiring": "B"},
        ),
        ("the cord at end B is type A", {"cord.far.wiring": "A"}),
        ("LC duplex patch cords", {"cord.near.connector": "LC", "cord.far.connector": "LC"}),
        ("A-to-A cords", {"cord.near.wiring": "A-A"}),
        ("cords pinned at the trunk side", {"cord.near.inner": "M", "cord.far.inner": "M"}),
        ("without cords", {"cords": "no"}),
        ("which cord do I need at each end", {"cords": "fitting"}),
    ],
)
def test_the_cords_are_read(text: str, said: dict[str, str]) -> None:
    assert has(read_channel(text), said)


def test_pins_toward_the_trunk_leave_the_other_end_of_the_cord_alone() -> None:
    assert "cord.near.outer" not in read_channel("cords pinned at the trunk side")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("universal cassettes", {"cassette.wiring": "U2"}),
        ("U1 cassettes, pinned", {"cassette.wiring": "U1", "cassette.gender": "M"}),
        ("24 fiber trunk to 12 fiber cassette", {"cassette.connector": "MPO-12"}),
        ("key up key up adapter", {"adapter.near.key": "aligned", "adapter.far.key": "aligned"}),
        ("opposed adapters", {"adapter.near.key": "opposed"}),
        (
            "key up to key up on one side, key up to key down on the other",
            {"adapter.near.key": "aligned", "adapter.far.key": "opposed"},
        ),
        ("harness with 4 LC legs", {"harness": "yes", "harness.legs": "4"}),
    ],
)
def test_cassettes_adapters_and_harnesses_are_read(text: str, said: dict[str, str]) -> None:
    assert has(read_channel(text), said)


@pytest.mark.parametrize(
    ("text", "about", "said"),
    [
        ("b", "trunk", {"trunk.wiring": "B"}),
        ("type A, unpinned", "trunk", {"trunk.wiring": "A", "trunk.near.gender": "F"}),
        ("24 fiber", "trunk", {"trunk.connector": "MPO-24"}),
        ("A and B", "cord", {"cord.near.wiring": "A", "cord.far.wiring": "B"}),
        ("A at one end, B at the other", "cord", {"cord.near.wiring": "A", "cord.far.wiring": "B"}),
        ("both type A", "cord", BOTH_A),
        ("straight ones", "cord", BOTH_A),
    ],
)
def test_a_short_answer_is_about_the_part_that_was_asked_for(
    text: str, about: str, said: dict[str, str]
) -> None:
    assert has(read_channel(text, about), said)


@pytest.mark.parametrize(
    "text", ["", "wubba lubba", "how is the weather", "thanks a lot", "\u00a7 7"]
)
def test_other_words_say_nothing_of_a_channel(text: str) -> None:
    assert read_channel(text) == {}


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("", (ENDS, TRUNK, CORDS)),
        ("trunk type A with key up key up adapter", (ENDS, CORDS)),
        ("SR4 to SR4", (TRUNK, CORDS)),
        ("QSFP at both ends, straight trunk", (CORDS,)),
        ("LC through cassettes", (TRUNK,)),
        ("LC through cassettes, type B trunk", ()),
        ("SR4, type B trunk, type A cords", ()),
        ("24 fiber trunk to 12 fiber cassette", ()),  # cannot work, whatever else is said
    ],
)
def test_only_what_decides_is_asked(text: str, questions: tuple[str, ...]) -> None:
    assert missing(read_channel(text), LINKS) == questions


@pytest.mark.parametrize(
    ("text", "assumed"),
    [
        ("SR4, type B trunk, type B cords", "SR4 taken as 100GBASE-SR4"),
        ("SR4, type B trunk, type B cords", "unpinned cords"),
        ("SR4, type B trunk, type B cords", "a pinned trunk"),
        ("100G SR4, type A trunk, type B cords", "opposed-key adapters"),
        ("100G SR4, type B trunk, type B cords", "100GBASE-SR4 at both ends"),
        ("LC, cassettes, female type B trunk", "pinned rear ports of the cassettes"),
        ("QSFP at both ends, type B trunk, B cords", "MPO-12 optics: multimode, flat"),
    ],
)
def test_what_was_left_out_is_assumed_and_told(text: str, assumed: str) -> None:
    assert assumed in "; ".join(check(text).channel.assumptions)


def test_what_was_said_is_not_told_as_assumed() -> None:
    said = "100G SR4 both ends, male type B trunk, unpinned type B cords, OM4, aligned adapters"
    assert check(said).channel.assumptions == ()


def test_cords_are_chosen_so_that_the_channel_works() -> None:
    for trunk in "AB":
        assert check(f"which cords do I need, type {trunk} trunk between two 100G SR4").passes
    found = check("which cords do I need, LC ports, type A cassettes, type A trunk")
    assert found.passes
    assert {part.wiring for part in found.channel.parts if part.name.startswith("the cord")} == {
        lc_cord("OM4").wiring,
        "A-A",
    }


def test_an_unknown_optic_is_refused_by_name() -> None:
    with pytest.raises(ChannelError, match="ZR9"):
        described_channel({"near.optic": "400GBASE-ZR9", "trunk": "no"}, LINKS)


def test_a_new_fact_replaces_its_own_kind_only() -> None:
    before = read_channel("SR4 to SR4, APC type B trunk, type A cords")
    after = with_facts(before, read_channel("and with a type B cord at one end"))
    assert after == {**before, "cord.near.wiring": "B"}
    flat = with_facts(before, {"polish": "PC"})
    assert "trunk.polish" not in flat
    other = with_facts(before, read_channel("and with DR4?"))
    assert {channel.name for channel in (described_channel(other, LINKS).near,)} == {"400GBASE-DR4"}
    assert described_channel(other, LINKS).far.name == "400GBASE-DR4"


def test_cords_once_chosen_give_way_to_those_that_are_named() -> None:
    chosen = {"cords": "fitting", "near.optic": "SR4"}
    assert "cords" not in with_facts(chosen, BOTH_A)
    assert "cord.near.wiring" not in with_facts(BOTH_A, {"cords": "fitting"})


def test_no_part_is_a_conversion_cable_unless_it_is_a_fix() -> None:
    found = check("400GBASE-SR8 to 400GBASE-SR8, 12 fiber type B trunk, B cords")
    assert CONVERSION not in {part.kind for part in found.channel.parts}
    assert not found.passes


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("one A and one B", "cord"),
        ("one type A, one type B", "cord"),
        ("one type A, the other type B", "cord"),
        ("100G SR4 type A trunk, A cord one side and B cord other side", ""),
    ],
)
def test_one_cord_of_each_type_is_not_two_of_one(text: str, about: str) -> None:
    facts = read_channel(text, about)
    assert has(facts, {"cord.near.wiring": "A", "cord.far.wiring": "B"})
