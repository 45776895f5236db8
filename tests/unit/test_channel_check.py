"""The channel check agrees with the polarity methods and the hard rules, from either end."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sales.channel_build import (
    adapter,
    build_channel,
    cassette,
    harness,
    lc_cord,
    mpo_cord,
    trunk,
)
from sales.channel_check import BROKEN, PASSES, UNKNOWN, ChannelCheck, check_channel
from sales.channel_drawing import description_text
from sales.channel_fixes import EFFORT, channel_fixes
from sales.channel_parts import (
    ALIGNED,
    CONVERSION,
    OPPOSED,
    Channel,
    ChannelError,
    Face,
    Optic,
    Part,
    optic_of,
)
from sales.channel_text import channel_lines, channel_payload, verdict_text
from sales.reference.files import known_links

LINKS = known_links()
SR4 = optic_of(LINKS["100GBASE-SR4"])
ANGLED_SR4 = optic_of(LINKS["400GBASE-SR4"])
SR8 = optic_of(LINKS["400GBASE-SR8"])
DR4 = optic_of(LINKS["400GBASE-DR4"])
DR = optic_of(LINKS["100GBASE-DR"])
SR = optic_of(LINKS["10GBASE-SR"])
LR = optic_of(LINKS["10GBASE-LR"])


def check(optic: Optic, *parts: Part, far: Optic | None = None, space: str = "") -> ChannelCheck:
    """The check of the parts in this order; adapters not named are the usual ones."""
    return check_channel(build_channel(optic, parts, far or optic, space))


def failing(found: ChannelCheck) -> set[tuple[str, int | None]]:
    return {(finding.aspect, finding.joint) for finding in found.failures}


def parallel(near: str, middle: str, far: str, *, key: str = ALIGNED, fiber: str = "OM4") -> Any:
    optic = SR4 if fiber == "OM4" else DR4
    cords = mpo_cord(near, fiber), mpo_cord(far, fiber)
    return check(optic, cords[0], adapter(key), trunk(middle, fiber), adapter(key), cords[1])


def duplex(box: str, middle: str, near: str = "A-B", far: str = "A-B", fiber: str = "OM4") -> Any:
    boxes = cassette(box, fiber), cassette(box, fiber)
    cords = lc_cord(fiber, near), lc_cord(fiber, far)
    optic = SR if fiber == "OM4" else LR
    return check(optic, cords[0], boxes[0], trunk(middle, fiber), boxes[1], cords[1])


# ---------------------------------------------------------------- polarity methods


@pytest.mark.parametrize(
    ("box", "middle", "near", "far", "passes"),
    [
        ("A", "A", "A-B", "A-A", True),  # method A
        ("A", "A", "A-A", "A-B", True),
        ("A", "A", "A-B", "A-B", False),
        ("A", "A", "A-A", "A-A", False),
        ("B", "B", "A-B", "A-B", True),  # method B
        ("B", "B", "A-B", "A-A", False),
        ("A", "C", "A-B", "A-B", True),  # method C
        ("A", "C", "A-B", "A-A", False),
        ("U1", "B", "A-B", "A-B", True),
        ("U2", "B", "A-B", "A-B", True),
        ("U2", "A", "A-B", "A-B", False),
    ],
)
@pytest.mark.parametrize("fiber", ["OM4", "OS2"])
def test_duplex_methods(
    box: str, middle: str, near: str, far: str, passes: bool, fiber: str
) -> None:
    assert duplex(box, middle, near, far, fiber).passes is passes


def test_method_b_brings_port_1_to_port_6_and_universal_cassettes_keep_the_ports() -> None:
    assert "1A to 6B" in "\n".join(channel_lines(duplex("B", "B")))
    assert "1A to 1B" in "\n".join(channel_lines(duplex("U2", "B")))


@pytest.mark.parametrize(
    ("near", "middle", "far", "key", "passes"),
    [
        ("B", "B", "B", ALIGNED, True),
        ("A", "A", "B", OPPOSED, True),
        ("A", "A", "A", OPPOSED, False),
        ("B", "A", "B", OPPOSED, False),
        ("C", "C", "B", OPPOSED, False),  # the light would arrive, but C is for duplex only
        ("B", "C", "B", OPPOSED, False),
    ],
)
def test_parallel_methods(near: str, middle: str, far: str, key: str, passes: bool) -> None:
    assert parallel(near, middle, far, key=key).passes is passes


@pytest.mark.parametrize(("wiring", "passes"), [("A", False), ("B", True), ("C", False)])
def test_one_cord_between_parallel_optics_is_type_b(wiring: str, passes: bool) -> None:
    assert check(SR4, mpo_cord(wiring, "OM4")).passes is passes


def test_transmit_1_arrives_at_12_over_type_b() -> None:
    found = check(SR4, mpo_cord("B", "OM4"))
    assert found.paths is not None
    assert [path.stops[-1][1] for path in found.paths] == list(range(12, 0, -1))


def test_a_to_b_duplex_cords_cross_in_any_number() -> None:
    for count in range(1, 5):
        assert check(SR, *[lc_cord("OM4")] * count).passes
    assert not check(SR, lc_cord("OM4", "A-A")).passes


def test_a_parallel_optic_breaks_out_to_duplex_optics() -> None:
    assert check(DR4, harness("B", "OS2"), far=DR).passes
    assert check(DR4, mpo_cord("B", "OS2"), trunk("B", "OS2"), harness("B", "OS2"), far=DR).passes
    assert not check(DR4, harness("A", "OS2"), far=DR).passes


# ---------------------------------------------------------------- product_taxonomy.md, section 5


def test_rule_1_single_mode_mpo_is_angled() -> None:
    optic = replace(DR4, polish="PC")
    assert ("polish", 1) in failing(check(optic, mpo_cord("B", "OS2", polish="PC")))
    assert check(DR4, mpo_cord("B", "OS2")).passes


def test_rule_2_multimode_is_flat_but_for_100g_lanes() -> None:
    assert (SR4.polish, ANGLED_SR4.polish) == ("PC", "APC")
    assert ("polish", 1) in failing(check(SR4, mpo_cord("B", "OM4", polish="APC")))
    assert check(ANGLED_SR4, mpo_cord("B", "OM4", polish="APC")).passes


def test_rule_3_flat_and_angled_never_mate() -> None:
    found = check(SR4, mpo_cord("B", "OM4"), trunk("B", "OM4", polish="APC"), mpo_cord("B", "OM4"))
    assert {("polish", 2), ("polish", 3)} <= failing(found)
    single = replace(lc_cord("OS2"), far=Face("LC-D", polish="APC"))
    assert ("polish", 2) in failing(check(LR, single))


def test_rule_4_mpo_16_does_not_enter_mpo_12_but_a_conversion_cable_joins_them() -> None:
    found = check(SR8, mpo_cord("B", "OM4", polish="APC"))
    assert {("type", 1), ("type", 2)} <= failing(found)
    near, far = Face("MPO-16", "F", "APC"), Face("MPO-12", "F", "APC", 2)
    cable = Part(CONVERSION, near, far, "B", "OM4")
    assert check(SR8, cable, trunk("B", "OM4", polish="APC"), cable).passes
    assert ("type", 2) in failing(
        check(
            SR4,
            mpo_cord("B", "OM4"),
            adapter(ALIGNED, "MPO-16"),
            trunk("B", "OM4"),
            mpo_cord("B", "OM4"),
        )
    )


@pytest.mark.parametrize(
    ("cord", "middle", "joints"),
    [
        ("FF", "MM", set()),
        ("MF", "MM", {("pin", 1)}),
        ("FM", "MM", {("pin", 2)}),
        ("FF", "FF", {("pin", 2), ("pin", 3)}),
        ("FF", "FM", {("pin", 2)}),
    ],
)
def test_rule_5_one_side_of_every_pair_is_pinned(cord: str, middle: str, joints: set[Any]) -> None:
    found = check(SR4, mpo_cord("B", "OM4", cord), trunk("B", "OM4", middle), mpo_cord("B", "OM4"))
    assert failing(found) == joints


def test_rule_5_a_cassette_is_pinned_when_the_trunk_is_not() -> None:
    def with_cassettes(gender: str, genders: str) -> ChannelCheck:
        box = cassette("B", "OM4", gender)
        return check(SR, lc_cord("OM4"), box, trunk("B", "OM4", genders), box, lc_cord("OM4"))

    assert with_cassettes("M", "FF").passes
    assert failing(with_cassettes("M", "MM")) == {("pin", 3), ("pin", 4)}


@pytest.mark.parametrize(
    ("connector", "legs", "is_right"),
    [
        ("MPO-8", 4, True),
        ("MPO-12", 4, True),
        ("MPO-12", 6, True),
        ("MPO-16", 8, True),
        ("MPO-24", 12, True),
        ("MPO-12", 5, False),
        ("MPO-16", 4, False),
    ],
)
def test_rule_6_legs_take_two_fibers_each(connector: str, legs: int, is_right: bool) -> None:
    cable = harness("B", "OM4", legs, connector=connector)
    optic = replace(SR4, connector=connector)
    assert (("part", None) not in failing(check(optic, cable, far=SR))) is is_right


def test_rule_7_mpo_8_fits_mpo_12_and_its_middle_is_dark() -> None:
    middle = trunk("B", "OM4", connector="MPO-8")
    assert check(SR4, mpo_cord("B", "OM4"), middle, mpo_cord("B", "OM4")).passes
    box = cassette("B", "OM4")
    found = check(SR, lc_cord("OM4"), box, middle, box, lc_cord("OM4"))
    assert failing(found) == {("count", 3), ("count", 4)}
    assert "5, 6, 7, 8" in "\n".join(channel_lines(found))


def test_rule_8_type_c_is_for_duplex_and_twelve_fibers() -> None:
    assert ("part", None) in failing(parallel("B", "C", "B", key=OPPOSED))
    box = cassette("A", "OM4", connector="MPO-8")
    middle = trunk("C", "OM4", connector="MPO-8")
    found = check(SR, lc_cord("OM4"), box, middle, box, lc_cord("OM4"))
    assert ("part", None) in failing(found)


@pytest.mark.parametrize(("wiring", "usual"), [("A", OPPOSED), ("B", ALIGNED)])
def test_rule_9_each_trunk_has_its_adapter(wiring: str, usual: str) -> None:
    channel = build_channel(
        SR4, (mpo_cord("B", "OM4"), trunk(wiring, "OM4"), mpo_cord("A", "OM4")), SR4
    )
    assert {part.wiring for part in channel.parts if part.is_adapter} == {usual}
    other = ALIGNED if usual == OPPOSED else OPPOSED
    assert (
        check_channel(channel.with_part(1, adapter(usual))).verdict
        == check_channel(channel).verdict
    )
    assert any(
        note.aspect == "key" for note in check_channel(channel.with_part(1, adapter(other))).notes
    )


def test_rule_9_angled_faces_need_opposed_keys_even_with_type_b() -> None:
    assert parallel("B", "B", "B", key=OPPOSED, fiber="OS2").passes
    assert failing(parallel("B", "B", "B", key=ALIGNED, fiber="OS2")) == {("key", 2), ("key", 3)}


def test_one_wrong_adapter_breaks_the_polarity() -> None:
    cords = mpo_cord("B", "OM4"), mpo_cord("B", "OM4")
    found = check(SR4, cords[0], adapter(OPPOSED), trunk("B", "OM4"), adapter(ALIGNED), cords[1])
    assert failing(found) == {("polarity", None)}


def test_rule_10_om5_is_worth_it_for_multiplexed_optics_only() -> None:
    bidi = optic_of(LINKS["100G-BiDi"])
    assert any("OM5" in note.text for note in check(SR, lc_cord("OM5")).notes)
    assert not any("OM5" in note.text for note in check(bidi, lc_cord("OM5")).notes)


def test_rule_11_multimode_and_single_mode_never_meet() -> None:
    found = check(SR4, mpo_cord("B", "OM4"), trunk("B", "OS2"), mpo_cord("B", "OM4"))
    assert {("type", 2), ("type", 3)} <= failing(found)
    assert ("type", 1) in failing(check(SR, lc_cord("OS2")))
    assert ("ends", None) in failing(check(DR4, mpo_cord("B", "OS2"), far=SR4))


def test_rule_12_the_check_says_nothing_about_reach_and_loss() -> None:
    text = "\n".join(channel_lines(parallel("B", "B", "B")))
    assert "link budget" in text
    assert not re.search(r"\d (dB|m|km)\b", text)


@pytest.mark.parametrize(
    ("space", "jacket", "passes"),
    [
        ("plenum", "OFNP", True),
        ("plenum", "OFNR", False),
        ("plenum", "LSZH", False),
        ("riser", "OFNR", True),
        ("riser", "OFNP", True),
        ("riser", "LSZH", False),
        ("", "LSZH", True),
    ],
)
def test_rule_13_plenum_replaces_riser_and_never_the_reverse(
    space: str, jacket: str, passes: bool
) -> None:
    found = check(SR4, replace(mpo_cord("B", "OM4"), jacket=jacket), space=space)
    assert found.passes is passes
    assert found.passes or channel_fixes(found)[0].changes[0].after.jacket == "OFNP"


def test_rules_14_and_15_no_price_and_no_part_number_is_named() -> None:
    found = parallel("B", "A", "B", key=OPPOSED)
    text = "\n".join(channel_lines(found, channel_fixes(found)))
    assert "$" not in text
    assert "INX-" not in text


# ---------------------------------------------------------------- what is not known


def test_what_is_not_known_is_asked_and_nothing_is_proposed() -> None:
    for parts in (
        (mpo_cord("", "OM4"),),
        (mpo_cord("B", "OM4", "?F"),),
        (mpo_cord("B", "OM4"), adapter(""), trunk("B", "OM4"), adapter(), mpo_cord("B", "OM4")),
    ):
        found = check(SR4, *parts)
        assert found.verdict == UNKNOWN
        assert found.questions
        assert verdict_text(found).startswith("Not known yet")
        assert channel_fixes(found) == ()
    open_polish = optic_of(LINKS["400GBASE-SR4.2"])
    assert check(open_polish, mpo_cord("B", "OM4")).verdict == UNKNOWN


def test_the_map_of_24_fibers_is_asked_for() -> None:
    optic = optic_of(LINKS["100GBASE-SR10"])
    assert check(optic, mpo_cord("B", "OM4", connector="MPO-24")).verdict == UNKNOWN
    assert check(optic, mpo_cord("B", "OM4", "MF", "MPO-24")).verdict == BROKEN


def test_channels_that_make_no_sense_are_refused_with_a_reason() -> None:
    with pytest.raises(ChannelError, match="adapter"):
        Channel(SR4, (mpo_cord("B", "OM4"), trunk("B", "OM4")), SR4)
    with pytest.raises(ChannelError, match="cord"):
        Channel(SR4, (adapter(),), SR4)
    with pytest.raises(ChannelError, match="MPO-32"):
        optic_of(LINKS["400GBASE-SR16"])
    with pytest.raises(ChannelError):
        mpo_cord("U1", "OM4")


# ---------------------------------------------------------------- fixes


@pytest.mark.parametrize(
    ("found", "kinds"),
    [
        (parallel("A", "A", "A", key=OPPOSED), ["cord"]),
        (duplex("A", "A"), ["cord"]),
        (parallel("B", "C", "B", key=OPPOSED), ["trunk"]),
        (parallel("B", "B", "B", key=ALIGNED, fiber="OS2"), ["adapter", "adapter"]),
        (check(SR8, mpo_cord("B", "OM4")), ["cord"]),
        (check(SR4, mpo_cord("B", "OM4"), trunk("B", "OS2"), mpo_cord("B", "OM4")), ["trunk"]),
    ],
)
def test_the_smallest_fix_changes_what_is_easiest(found: ChannelCheck, kinds: list[str]) -> None:
    proposed = channel_fixes(found)
    assert [change.before.kind for change in proposed[0].changes] == kinds
    assert all(fix.check.passes for fix in proposed)


def test_one_new_cord_may_cure_two_faults() -> None:
    found = check(SR4, mpo_cord("B", "OM4", "MF"), trunk("B", "OM4"), mpo_cord("A", "OM4"))
    (change,) = channel_fixes(found)[0].changes
    assert (change.index, change.what) == (0, ("polarity", "pins"))


def test_mpo_16_optics_on_mpo_12_trunks_get_conversion_cables_and_a_second_trunk() -> None:
    cord = mpo_cord("B", "OM4", polish="APC")
    found = check(SR8, cord, trunk("B", "OM4", polish="APC"), cord)
    fix = channel_fixes(found)[0]
    assert [change.after.kind for change in fix.changes] == [CONVERSION, CONVERSION]
    assert "two MPO-12 trunks" in "\n".join(channel_lines(found, [fix]))


def test_nothing_is_proposed_where_no_cabling_helps() -> None:
    assert channel_fixes(check(DR4, mpo_cord("B", "OS2"), far=SR4)) == ()
    assert channel_fixes(parallel("B", "B", "B")) == ()


# ---------------------------------------------------------------- any channel

WIRINGS, GENDERS = st.sampled_from("ABC"), st.sampled_from(["FF", "FM", "MF", "MM"])
FIBERS, KEYS = st.sampled_from(["OM4", "OM4", "OM4", "OS2"]), st.sampled_from([OPPOSED, ALIGNED])
CONNECTORS = st.sampled_from(["MPO-12", "MPO-12", "MPO-8", "MPO-16"])
POLISHES = st.sampled_from(["", "", "PC", "APC"])
DUPLEX = st.builds(lc_cord, FIBERS, st.sampled_from(["A-B", "A-A"]))


@st.composite
def channels(draw: Any) -> Channel:
    """Channels as people might build them, wrong in any way."""

    def end() -> tuple[Optic, list[Part]]:
        if draw(st.booleans()):
            kind = draw(st.sampled_from(["A", "B", "U1", "U2"]))
            gender = draw(st.sampled_from("FFM"))
            base = draw(st.sampled_from(["MPO-12", "MPO-12", "MPO-8"]))
            cord = draw(DUPLEX)
            return draw(st.sampled_from([SR, LR])), [cord, cassette(kind, cord.fiber, gender, base)]
        optic = draw(st.sampled_from([SR4, DR4, ANGLED_SR4, SR8]))
        return optic, [draw(cords), adapter(draw(KEYS))]

    cords = st.builds(mpo_cord, WIRINGS, FIBERS, GENDERS, CONNECTORS, POLISHES)
    middle = st.builds(trunk, WIRINGS, FIBERS, GENDERS, CONNECTORS, POLISHES)
    (near, first), (far, last) = end(), end()
    if draw(st.booleans()):
        far = near
    return build_channel(near, (*first, draw(middle), *reversed(last)), far)


PATIENT = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@PATIENT
@given(channels())
def test_the_verdict_is_the_same_from_both_ends(channel: Channel) -> None:
    there, back = check_channel(channel), check_channel(channel.reversed())
    last = len(there.joints) + 1
    assert there.verdict == back.verdict
    assert failing(there) == {(aspect, joint and last - joint) for aspect, joint in failing(back)}
    assert channel.reversed().reversed() == channel


@PATIENT
@given(channels())
def test_every_fix_passes_and_none_is_smaller_than_the_first(channel: Channel) -> None:
    found = check_channel(channel)
    proposed = channel_fixes(found)
    for fix in proposed:
        changed = fix.check.channel
        assert check_channel(changed).verdict == PASSES
        assert (changed.near, changed.far) == (channel.near, channel.far)
        assert [change.index for change in fix.changes] == [
            index for index, part in enumerate(channel.parts) if part != changed.parts[index]
        ]
    assert [fix.effort for fix in proposed] == sorted(fix.effort for fix in proposed)
    assert not proposed or found.verdict == BROKEN


@PATIENT
@given(channels(), st.integers(0, 6), WIRINGS, GENDERS)
def test_no_single_swap_beats_the_first_fix(
    channel: Channel, place: int, wiring: str, genders: str
) -> None:
    found = check_channel(channel)
    index = place % len(channel.parts)
    part = channel.parts[index]
    if found.verdict != BROKEN or part.kind not in ("cord", "trunk") or part.is_duplex_cable:
        return
    near, far = (
        replace(face, gender=gender)
        for face, gender in zip((part.near, part.far), genders, strict=True)
    )
    swapped = channel.with_part(index, replace(part, wiring=wiring, near=near, far=far))
    if check_channel(swapped).passes:
        assert channel_fixes(found)[0].effort <= EFFORT[part.kind] + 3


@PATIENT
@given(channels())
def test_the_drawing_is_sound_and_says_all_in_words(channel: Channel) -> None:
    found = check_channel(channel)
    payload = channel_payload(found, channel_fixes(found))
    root = ET.fromstring(payload["svg"])  # noqa: S314  # our own text
    assert root.get("role") == "img"
    title, description = root[0], root[1]
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert found.verdict in (title.text or "")
    assert description.text == description_text(payload)
    for each in found.joints:
        assert f"Joint {each.joint.number}" in (description.text or "")
    assert (payload["verdict"], payload["passes"]) == (found.verdict, found.passes)
    assert payload["note"].startswith(verdict_text(found))


def test_names_in_the_drawing_are_escaped() -> None:
    odd = replace(SR4, name="<script>&")
    svg = channel_payload(check(odd, mpo_cord("B", "OM4")))["svg"]
    assert "<script>" not in svg
    ET.fromstring(svg)  # noqa: S314


def test_wrong_fibers_are_marked_by_more_than_color() -> None:
    right, wrong = (channel_payload(check(SR4, mpo_cord(each, "OM4")))["svg"] for each in "BA")
    assert 'stroke-width="3"' not in right
    assert wrong.count('stroke-width="3"') == 8
