"""Follows every fiber of a channel from one optic to the other.

Plugs with aligned keys meet reversed (1 to 12), plugs with opposed keys meet straight (1 to 1).
Into an optic, and into the front of a cassette, positions carry over as they are. The same rule
holds for duplex plugs: in an ordinary LC adapter A meets B, and an A-to-B cord brings A back to B.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import lcm

from sales.channel_parts import (
    ADAPTER,
    ALIGNED,
    APC,
    CASSETTE,
    CONVERSION,
    CROSSED,
    HARNESS,
    OPPOSED,
    PAIR_FLIPPED,
    REVERSED,
    STRAIGHT,
    UNCROSSED,
    UNKNOWN,
    Channel,
    Face,
    Part,
)

Spot = tuple[int, int]  # port, counted from 1, and position
UNIVERSAL = ("U1", "U2")


@dataclass(frozen=True)
class Joint:
    """Where two faces meet. `left` and `right` are part numbers; None is the optic of that end."""

    number: int  # from 1, at the near end
    left: int | None
    right: int | None
    left_face: Face
    right_face: Face
    key: str  # opposed, aligned, "" not known; a plain port counts as opposed
    adapter: int | None  # the part number of the adapter between them

    @property
    def is_optic(self) -> bool:
        return self.left is None or self.right is None


@dataclass(frozen=True)
class FiberPath:
    """One fiber's way: (port, position) at the near optic, at both faces of each part, at the far.

    Shorter where the light is lost; `lost_at` is then the number of that joint.
    """

    stops: tuple[Spot, ...]
    lost_at: int | None = None

    @property
    def end(self) -> Spot | None:
        return None if self.lost_at else self.stops[-1]


def joints(channel: Channel) -> tuple[Joint, ...]:
    """Every place where two faces meet, from the near end."""
    solid = [index for index, part in enumerate(channel.parts) if not part.is_adapter]
    neighbors = [None, *solid, None]
    found = []
    for number, (left, right) in enumerate(pairwise(neighbors), start=1):
        between = left + 1 if left is not None and right is not None and right > left + 1 else None
        found.append(_joint(channel, number, left, right, between))
    return tuple(found)


def _joint(
    channel: Channel, number: int, left: int | None, right: int | None, adapter: int | None
) -> Joint:
    left_face = channel.near.face if left is None else channel.parts[left].far
    right_face = channel.far.face if right is None else channel.parts[right].near
    parts = [None if index is None else channel.parts[index] for index in (left, adapter, right)]
    return Joint(number, left, right, left_face, right_face, meeting_key(*parts), adapter)


def meeting_key(left: Part | None, adapter: Part | None, right: Part | None) -> str:
    """The key of the adapter between two parts, of a cassette's port, or of an optic (None)."""
    if adapter is not None:
        return adapter.wiring
    if left is not None and left.kind == CASSETTE:
        return rear_key(left, left.far)
    if right is not None and right.kind == CASSETTE:
        return rear_key(right, right.near)
    return OPPOSED


def rear_key(cassette: Part, face: Face) -> str:
    """The key of a cassette's port: opposed where faces are angled, whatever the label says."""
    if not face.is_mpo:
        return OPPOSED
    if not cassette.wiring:
        return UNKNOWN
    return ALIGNED if cassette.wiring in ("B", "U2") and face.polish != APC else OPPOSED


def port_counts(channel: Channel) -> tuple[int, ...]:
    """How many plugs or ports meet at each joint, so that every part is used whole."""
    solid = [part for part in channel.parts if not part.is_adapter]
    ratios = [Fraction(1)]
    for part in solid:
        ratios.append(ratios[-1] * Fraction(part.far.count, part.near.count))
    instances = [ratio / part.near.count for ratio, part in zip(ratios, solid, strict=False)]
    whole = lcm(*(each.denominator for each in (*ratios, *instances)))
    return tuple(int(ratio * whole) for ratio in ratios)


def fiber_paths(channel: Channel) -> tuple[FiberPath, ...] | None:
    """The way of every fiber position of the near optic; None when a part's map is not known."""
    met = joints(channel)
    solid = [part for part in channel.parts if not part.is_adapter]
    maps = [part_map(part) for part in solid]
    if any(each is None for each in maps) or any(not joint.key for joint in met):
        return None
    if channel.near.face.shell == "MPO-24" or channel.far.face.shell == "MPO-24":
        return None
    ports = range(1, port_counts(channel)[0] + 1)
    starts = [(port, position) for port in ports for position in channel.near.face.fibers]
    return tuple(_follow(start, met, solid, maps) for start in starts)  # type: ignore[arg-type]


def _follow(
    start: Spot, met: tuple[Joint, ...], solid: list[Part], maps: list[Mapping[Spot, Spot]]
) -> FiberPath:
    stops = [start]
    for joint in met:
        port, position = stops[-1]
        position = meeting_position(joint.left_face, joint.key, position)
        if position not in joint.right_face.fibers:
            return FiberPath(tuple(stops), joint.number)
        stops.append((port, position))
        if joint.right is None:
            break
        part, mapped = solid[joint.number - 1], maps[joint.number - 1]
        piece, local = divmod(port - 1, part.near.count)
        out = mapped.get((local + 1, position))
        if out is None:
            return FiberPath(tuple(stops), joint.number)
        stops.append((piece * part.far.count + out[0], out[1]))
    return FiberPath(tuple(stops))


def meeting_position(left: Face, key: str, position: int) -> int:
    """The position on the right that meets this one on the left."""
    return left.size + 1 - position if key == ALIGNED else position


@lru_cache(maxsize=1024)
def part_map(part: Part) -> Mapping[Spot, Spot] | None:
    """Where each position of the near face comes out at the far face; None: not known.

    MPO-24 has no common map: ask for the maker's.
    """
    if "MPO-24" in (part.near.shell, part.far.shell) or not part.wiring:
        return None
    if part.kind in (CASSETTE, HARNESS, CONVERSION):
        is_fanning_out = part.far.count > part.near.count
        outward = _fan_out(part if is_fanning_out else part.flipped())
        if outward is None or is_fanning_out:
            return outward
        return {spot: start for start, spot in outward.items()}
    return _cable(part)


def _cable(part: Part) -> Mapping[Spot, Spot]:
    ports = range(1, part.near.count + 1)
    there = {
        (port, place): (port, _turn(part, place)) for port in ports for place in part.near.fibers
    }
    return {start: spot for start, spot in there.items() if spot[1] in part.far.fibers}


def _turn(part: Part, position: int) -> int:
    if part.wiring in (STRAIGHT, UNCROSSED) or part.kind == ADAPTER:
        return position
    if part.wiring in (REVERSED, CROSSED):
        return part.near.size + 1 - position
    assert part.wiring == PAIR_FLIPPED  # noqa: S101
    return position + 1 if position % 2 else position - 1


def _fan_out(part: Part) -> Mapping[Spot, Spot] | None:
    if part.kind == CONVERSION:
        return _sixteen_to_two(part)
    is_inward = part.wiring in UNIVERSAL or (part.kind == HARNESS and part.wiring == REVERSED)
    pairs = (inward_pairs if is_inward else neighbor_pairs)(part.near)
    places = (2, 1) if part.kind == HARNESS else (1, 2)  # a harness has the A-to-B cord built in
    return {
        (1, position): (port, place)
        for port, pair in enumerate(pairs[: part.far.count], start=1)
        for position, place in zip(pair, places, strict=True)
    }


def neighbor_pairs(face: Face) -> list[tuple[int, int]]:
    """(1, 2), (3, 4), ...: the ports of straight cassettes."""
    return list(zip(face.fibers[::2], face.fibers[1::2], strict=True))


def inward_pairs(face: Face) -> list[tuple[int, int]]:
    """(1, 12), (2, 11), ...: the ports of universal cassettes, the lanes of a parallel optic."""
    half = face.fibers[: len(face.fibers) // 2]
    return [(position, face.size + 1 - position) for position in half]


def _sixteen_to_two(part: Part) -> Mapping[Spot, Spot] | None:
    """MPO-16 to two MPO-12 or MPO-8: lanes 1 to 4 on the first leg, 5 to 8 on the second."""
    if (part.near.shell, part.far.shell, part.far.count) != ("MPO-16", "MPO-12", 2):
        return None
    straight = {
        (1, side): (leg, spot)
        for leg in (1, 2)
        for lane in range(1, 5)
        for side, spot in ((4 * leg - 4 + lane, lane), (21 - 4 * leg - lane, 13 - lane))
    }
    if part.wiring == STRAIGHT:
        return straight
    return {start: (leg, 13 - spot) for start, (leg, spot) in straight.items()}
