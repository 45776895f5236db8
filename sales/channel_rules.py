"""What every joint and part of a channel must satisfy; each broken rule is a finding.

A finding fails the channel, or asks for something not known, or is a note that changes nothing.
Sources are named in words, as visitors see them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sales.channel_parts import (
    ALIGNED,
    APC,
    CASSETTE,
    CHANGEABLE,
    HARNESS,
    OPPOSED,
    PAIR_FLIPPED,
    PINNED,
    REVERSED,
    STRAIGHT,
    TRUNK,
    UNPINNED,
    Channel,
    Face,
    Optic,
    Part,
)
from sales.channel_path import Joint
from sales.reference.pairing import obstacle
from sales.reference.values import fiber_mode

PIN, KEY, POLISH, COUNT, TYPE = ASPECTS = ("pin", "key", "polish", "count", "type")
POLARITY, JACKET, PART, ENDS = "polarity", "jacket", "part", "ends"
FAILS, ASKS, NOTE = "fails", "asks", "note"

GENERAL = "general industry knowledge"
NVIDIA = "docs.nvidia.com, cable and connector definitions and optical connectors"
POLARITY_NOTE = "public research note (2026) on polarity methods"
UNIVERSAL = "FS.com, Understanding Universal Polarity in MTP Cabling System (2023)"
ANGLED = "ydfiberoptic.com on MPO polish"
COURSE = "public fiber-optics training course"


@dataclass(frozen=True)
class Finding:
    """One rule, where it was met, and in which way. `joint` counts from 1, `part` from 0."""

    aspect: str
    severity: str
    text: str
    source: str
    joint: int | None = None
    part: int | None = None


def joint_findings(
    joint: Joint, left_mode: str, right_mode: str, adapter: Part | None
) -> tuple[Finding, ...]:
    """What is wrong, missing or worth knowing where two faces meet, apart from lost fibers."""
    said = meeting(joint.left_face, joint.right_face, joint.key, (left_mode, right_mode), adapter)
    return tuple(Finding(*each, joint=joint.number) for each in said)


Said = tuple[str, str, str, str]  # aspect, severity, text, source


@lru_cache(maxsize=8192)
def meeting(
    left: Face, right: Face, key: str, modes: tuple[str, str], adapter: Part | None
) -> tuple[Said, ...]:
    """What there is to say where two faces meet with this key; modes are MM, SM or ""."""
    return (
        *_type(left, right, adapter),
        *_mode(modes),
        *_pins(left, right),
        *_polish(left, right, modes),
        *_key(left, right, key),
    )


def _type(left: Face, right: Face, adapter: Part | None) -> Iterator[Said]:
    if left.shell != right.shell:
        text = f"{left.connector} does not plug into {right.connector}, and no adapter joins them"
        if {left.shell, right.shell} == {"MPO-12", "MPO-16"}:
            text += ": the 16-fiber key is offset on purpose. It takes a conversion cable"
        yield TYPE, FAILS, f"{text}.", NVIDIA
    elif adapter and (adapter.near.shell, adapter.far.shell) != (left.shell, right.shell):
        yield TYPE, FAILS, f"The {adapter.near.connector} adapter does not take this plug.", GENERAL


def _mode(modes: tuple[str, str]) -> Iterator[Said]:
    if "" in modes:
        yield TYPE, ASKS, "Say which fiber this is: OM3, OM4, OM5 or OS2.", COURSE
    elif modes[0] != modes[1]:
        yield TYPE, FAILS, "Multimode meets single-mode: the cores do not match.", COURSE


def _pins(left: Face, right: Face) -> Iterator[Said]:
    if not (left.is_mpo and right.is_mpo):
        return
    genders = {left.gender, right.gender}
    if CHANGEABLE in genders:
        yield PIN, NOTE, "Set the field-changeable plug so that one side has the pins.", GENERAL
    elif "" in genders:
        yield PIN, ASKS, "Say whether this plug is pinned or unpinned.", NVIDIA
    elif genders == {PINNED}:
        text = "Both sides are pinned: pins meet pins, which can damage both ferrules."
        yield PIN, FAILS, text, NVIDIA
    elif genders == {UNPINNED}:
        text = "Neither side is pinned: nothing aligns the fibers."
        yield PIN, FAILS, text, NVIDIA


def _polish(left: Face, right: Face, modes: tuple[str, str]) -> Iterator[Said]:
    known = (left.polish, right.polish)
    if "" in known:
        yield POLISH, ASKS, "Say whether this face is flat (PC, UPC) or angled (APC).", NVIDIA
    elif (left.polish == APC) != (right.polish == APC):
        text = "An angled (APC) face meets a flat one: they do not touch, and both can be damaged."
        yield POLISH, FAILS, text, NVIDIA
    elif "SM" in modes and left.is_mpo and right.is_mpo and APC not in known:
        yield POLISH, FAILS, "A single-mode MPO is always angled (APC), never flat.", ANGLED


def _key(left: Face, right: Face, key: str) -> Iterator[Said]:
    if not key:
        text = "Say which key it has: opposed (up to down) or aligned (up to up)."
        yield KEY, ASKS, text, POLARITY_NOTE
    elif key == ALIGNED and left.is_mpo and APC in (left.polish, right.polish):
        text = "Angled faces do not meet in an aligned-key adapter: they need opposed keys."
        yield KEY, FAILS, text, ANGLED


def key_notes(channel: Channel, joint: Joint) -> Iterator[Finding]:
    """Opposed keys go with Type A trunks, aligned keys with flat Type B trunks outside U1."""
    if joint.adapter is None or not joint.key or not joint.left_face.is_mpo:
        return
    sides = [channel.parts[index] for index in (joint.left, joint.right) if index is not None]
    for part in sides:
        is_flat = APC not in (joint.left_face.polish, joint.right_face.polish)
        if is_flat and is_odd_key(part, joint.key) and not _is_u1(channel):
            usual = ALIGNED if joint.key == OPPOSED else OPPOSED
            text = f"A Type {part.wiring} trunk usually has {usual}-key adapters; label this one."
            yield Finding(KEY, NOTE, text, POLARITY_NOTE, joint.number, joint.adapter)


def is_odd_key(part: Part, key: str) -> bool:
    """Whether a trunk usually has the other adapter."""
    usual = {STRAIGHT: OPPOSED, PAIR_FLIPPED: OPPOSED, REVERSED: ALIGNED}.get(part.wiring, key)
    return part.kind == TRUNK and key != usual


def _is_u1(channel: Channel) -> bool:
    return any(part.kind == CASSETTE and part.wiring == "U1" for part in channel.parts)


def part_findings(channel: Channel) -> Iterator[Finding]:
    """What parts must satisfy by themselves, or for the optics and the space they serve."""
    for index, part in enumerate(channel.parts):
        for said in own_findings(channel, part):
            yield Finding(*said, part=index)
    yield from _cassettes_and_trunk(channel)
    yield from _grades(channel)


def own_findings(channel: Channel, part: Part) -> tuple[Said, ...]:
    """What one part must satisfy by itself in this channel."""
    is_parallel = channel.near.is_parallel or channel.far.is_parallel
    return (*_wiring(part, is_parallel), *_legs(part), *_jacket(part, channel.space))


def _wiring(part: Part, is_parallel: bool) -> Iterator[Said]:
    if not part.wiring and not part.is_adapter:  # an adapter without a key is asked at its joint
        yield POLARITY, ASKS, "Say which polarity type this part is.", POLARITY_NOTE
    if part.wiring != PAIR_FLIPPED:
        return
    if is_parallel:
        yield PART, FAILS, "Type C is for duplex links; parallel optics need Type B.", POLARITY_NOTE
    if len(part.near.fibers) != 12:
        yield PART, FAILS, "Type C exists for 12 fibers only.", POLARITY_NOTE


def _legs(part: Part) -> Iterator[Said]:
    if part.kind != HARNESS:
        return
    mpo, legs = (part.near, part.far) if part.near.is_mpo else (part.far, part.near)
    used = 2 * legs.count
    if used != len(mpo.fibers) and not (mpo.connector == "MPO-12" and used == 8):
        text = (
            f"{legs.count} duplex legs take {used} fibers, {mpo.connector} has {len(mpo.fibers)}."
        )
        yield PART, FAILS, text, GENERAL


def _jacket(part: Part, space: str) -> Iterator[Said]:
    if not (space and part.jacket):
        return
    serves = {"plenum": ("OFNP",), "riser": ("OFNP", "OFNR")}[space]
    if part.jacket not in serves:
        text = f"A {part.jacket} jacket is not rated for a {space} space; {serves[-1]} is."
        yield JACKET, FAILS, text, "public research note (2026) on cable jackets"


MATCHING = {"A": (STRAIGHT, PAIR_FLIPPED), "B": (REVERSED,), "U1": (REVERSED,), "U2": (REVERSED,)}


def _cassettes_and_trunk(channel: Channel) -> Iterator[Finding]:
    trunks = {part.wiring for part in channel.parts if part.kind == TRUNK and part.wiring}
    boxes = [(i, part) for i, part in enumerate(channel.parts) if part.kind == CASSETTE]
    for index, box in boxes:
        strange = sorted(trunks - set(MATCHING.get(box.wiring, trunks)))
        if strange:
            text = f"A Type {box.wiring} cassette is not made for a Type {strange[0]} trunk."
            yield Finding(POLARITY, NOTE, text, POLARITY_NOTE, part=index)
    if len({box.wiring for _, box in boxes}) > 1:
        text = "The cassettes at the two ends are of different types; one method is safer."
        yield Finding(POLARITY, NOTE, text, POLARITY_NOTE)
    if any(box.wiring in ("U1", "U2") for _, box in boxes):
        text = (
            "Universal cassettes are taken to pair 1 with 12, 2 with 11 and so on; ask for the map."
        )
        yield Finding(POLARITY, NOTE, text, UNIVERSAL)


def _grades(channel: Channel) -> Iterator[Finding]:
    grades = sorted({part.fiber for part in channel.parts if part.fiber.startswith("OM")})
    if len(grades) > 1:
        text = f"{' and '.join(grades)} join well, but the whole link counts as {grades[0]}."
        yield Finding(TYPE, NOTE, text, COURSE)
    optics = (channel.near, channel.far)
    if "OM5" in grades and not any(optic.is_multiplexed for optic in optics):
        text = "OM5 is worth its premium only with wavelength-multiplexed optics (SWDM, BiDi)."
        yield Finding(TYPE, NOTE, text, COURSE)


def end_findings(channel: Channel) -> Iterator[Finding]:
    """Whether the two optics can talk to each other at all."""
    near, far = channel.near, channel.far
    if near.fiber_mode != far.fiber_mode:
        text = f"{near.name} and {far.name} need different fiber; no cabling joins them."
        yield Finding(ENDS, FAILS, text, COURSE)
    elif why := _no_pair(near, far):
        text = f"{near.name} and {far.name} do not link: {why}. No cabling changes that."
        yield Finding(ENDS, FAILS, text, "link reference")
    elif near.name != far.name and not (
        _splits_into(near.breakout, far.name) or _splits_into(far.breakout, near.name)
    ):
        text = f"{near.name} and {far.name} differ: check that the modules work together."
        yield Finding(ENDS, NOTE, text, GENERAL)
    if {near.face.size, far.face.size} & {16, 24}:
        text = "Fiber maps of 16 and 24 fibers are the maker's own; ask for the map of each part."
        yield Finding(POLARITY, NOTE, text, POLARITY_NOTE)


def _no_pair(near: Optic, far: Optic) -> str:
    return obstacle(near.link, far.link) if near.link and far.link else ""


def _splits_into(breakout: tuple[str, ...], name: str) -> bool:
    return any(each.split("x", 1)[-1] == name for each in breakout)


def mode_of(channel: Channel, index: int | None, is_left: bool) -> str:
    """ "MM", "SM" or "" for the part, or the optic, on one side of a joint."""
    if index is None:
        return (channel.near if is_left else channel.far).fiber_mode
    return fiber_mode(channel.parts[index].fiber)
