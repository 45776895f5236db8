"""The smallest changes that make a failing channel pass; each proposal is checked as a whole.

Small means: few parts, and those that are quickly swapped before those that are not. The search
goes from the near end to the far, part by part, and of the ways to get as far as a joint with the
same face and the same fiber order it keeps the cheapest. So the first proposal is the cheapest of
all changes of polarity, pins, polish, key, connector, fiber grade and jacket.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, product

from sales.channel_check import BROKEN, ChannelCheck, check_channel
from sales.channel_parts import (
    ADAPTER,
    ALIGNED,
    APC,
    CASSETTE,
    CONVERSION,
    CORD,
    CROSSED,
    HARNESS,
    OPPOSED,
    PINNED,
    REVERSED,
    STRAIGHT,
    TRUNK,
    UNCROSSED,
    UNPINNED,
    Channel,
    Face,
    Part,
)
from sales.channel_path import Spot, meeting_key, part_map, port_counts
from sales.channel_rules import ENDS, FAILS, NOTE, is_odd_key, meeting, own_findings
from sales.reference.values import fiber_mode

EFFORT = {CORD: 10, ADAPTER: 12, HARNESS: 15, CONVERSION: 15, CASSETTE: 25, TRUNK: 60}
PER_PROPERTY = 1.0  # more that is different about the part
ODD = 0.25  # allowed, but unusual: only decides between equals
MOST_FIXES = 3
BETTER_JACKET = "OFNP"  # serves every space

Order = tuple[tuple[Spot, Spot], ...]  # near spot and where it has got to


@dataclass(frozen=True)
class Change:
    """One part that becomes another one. `what` names the properties that differ."""

    index: int
    before: Part
    after: Part
    what: tuple[str, ...]


@dataclass(frozen=True)
class Fix:
    """Changes that together make the channel pass, and the check that proves it."""

    changes: tuple[Change, ...]
    check: ChannelCheck  # of the changed channel; passes
    effort: float


def channel_fixes(check: ChannelCheck) -> tuple[Fix, ...]:
    """Proposals for a failing channel, the smallest first, at most three.

    The others spare a part that the first one changes. () for a channel that does not fail, when no
    exchange of parts helps, and while something is not known: what is not known cannot be proven.
    """
    is_hopeless = any(failure.aspect == ENDS for failure in check.failures)
    if check.verdict != BROKEN or check.questions or is_hopeless:
        return ()
    best = _smallest(check.channel, frozenset())
    if best is None:
        return ()
    spared = (frozenset({change.index}) for change in best.changes)
    others = (_smallest(check.channel, kept) for kept in spared)
    found = {fix.check.channel.parts: fix for fix in (best, *others) if fix}
    return tuple(sorted(found.values(), key=lambda fix: fix.effort)[:MOST_FIXES])


def _smallest(channel: Channel, kept: frozenset[int]) -> Fix | None:
    proven = []
    for start in _starting_points(channel, kept):
        for way in _ways_through(channel, start, kept):
            check = check_channel(replace(start, parts=way.parts))
            if check.passes:
                proven.append(Fix(_changes(channel.parts, way.parts), check, way.effort))
                break
    return min(proven, key=lambda fix: fix.effort, default=None)


def _changes(before: tuple[Part, ...], after: tuple[Part, ...]) -> tuple[Change, ...]:
    pairs = enumerate(zip(before, after, strict=True))
    return tuple(
        Change(index, old, new, differences(old, new)) for index, (old, new) in pairs if old != new
    )


def differences(old: Part, new: Part) -> tuple[str, ...]:
    """Which properties differ: kind, connector, polarity (or key), pins, polish, fiber, jacket."""
    faces = ((old.near, new.near), (old.far, new.far))
    told = {
        "kind": old.kind != new.kind,
        "connector": any(a.connector != b.connector for a, b in faces),
        "key" if old.is_adapter else "polarity": old.wiring != new.wiring,
        "pins": any(a.gender != b.gender for a, b in faces),
        "polish": any(a.polish != b.polish for a, b in faces),
        "fiber": old.fiber != new.fiber,
        "jacket": old.jacket != new.jacket,
    }
    return tuple(name for name, is_so in told.items() if is_so)


def _effort(old: Part, new: Part) -> float:
    if old == new:
        return 0.0
    odd = ODD * _oddities(new)
    return max(EFFORT[old.kind], EFFORT[new.kind]) + PER_PROPERTY * len(differences(old, new)) + odd


def _oddities(part: Part) -> int:
    """How unusual a part is: different ends, a straight duplex cord, an unpinned trunk."""
    mixed = part.is_cable and part.kind in (CORD, TRUNK)
    return (
        (mixed and part.near.gender != part.far.gender)
        + (mixed and part.near.polish != part.far.polish)
        + (part.wiring == UNCROSSED)
        + (part.kind == TRUNK and UNPINNED in (part.near.gender, part.far.gender))
        + (part.kind == CORD and PINNED in (part.near.gender, part.far.gender))
    )


def _starting_points(channel: Channel, kept: frozenset[int]) -> Iterator[Channel]:
    """The channel itself, and variants whose parts have other numbers of plugs."""
    yield channel
    connectors = {face.connector for part in channel.parts for face in (part.near, part.far)}
    boxes = {i for i, part in enumerate(channel.parts) if part.kind == CASSETTE}
    if boxes and {"MPO-8", "MPO-12"} <= connectors and not boxes & kept:
        for connector in ("MPO-8", "MPO-12"):
            yield _with_cassettes(channel, connector)
    last = len(channel.parts) - 1
    if channel.near.connector == channel.far.connector == "MPO-16" and not {0, last} & kept:
        near, far = channel.parts[0], channel.parts[last].flipped()
        started = channel.with_part(0, _converting(near))
        yield started.with_part(last, _converting(far).flipped())


def _with_cassettes(channel: Channel, connector: str) -> Channel:
    parts = (_rebased(part, connector) if part.kind == CASSETTE else part for part in channel.parts)
    return replace(channel, parts=tuple(parts))


def _rebased(box: Part, connector: str) -> Part:
    """The cassette for another number of fibers at its rear, with as many front ports."""
    is_rear_near = box.near.is_mpo
    rear, front = (box.near, box.far) if is_rear_near else (box.far, box.near)
    rear = replace(rear, connector=connector)
    front = replace(front, count=len(rear.fibers) // 2)
    return (
        replace(box, near=rear, far=front) if is_rear_near else replace(box, near=front, far=rear)
    )


def _converting(cord: Part) -> Part:
    """The cord at an MPO-16 optic as a conversion cable to two MPO-12 plugs."""
    if cord.kind != CORD:
        return cord
    far = Face("MPO-12", cord.far.gender, cord.far.polish, 2)
    near = replace(cord.near, connector="MPO-16")
    wiring = cord.wiring if cord.wiring in (STRAIGHT, REVERSED) else REVERSED
    return Part(CONVERSION, near, far, wiring, cord.fiber, cord.jacket)


@dataclass(frozen=True)
class _Way:
    """The parts chosen so far, whose joints all fit, and where each fiber has got to."""

    effort: float
    parts: tuple[Part, ...]
    order: Order

    @property
    def state(self) -> object:
        """What decides how it can go on: of two ways with the same state the cheaper is kept."""
        ends = self.parts[-2:] if self.parts and self.parts[-1].is_adapter else self.parts[-1:]
        facts = ((part.kind, part.far, part.fiber, part.wiring) for part in ends)
        return tuple(facts), self.order


def _ways_through(original: Channel, start: Channel, kept: frozenset[int]) -> list[_Way]:
    """Part lists whose joints all fit, the cheapest first; the polarity is still to be checked."""
    ports = range(1, port_counts(start)[0] + 1)
    spots = [(port, position) for port in ports for position in start.near.face.fibers]
    ways = [_Way(0.0, (), tuple((spot, spot) for spot in spots))]
    for index, part in enumerate(start.parts):
        variants = [part] if index in kept else _variants(start, part)
        efforts = [(each, _effort(original.parts[index], each)) for each in variants]
        cheapest: dict[object, _Way] = {}
        for longer in chain.from_iterable(_longer(start, way, efforts) for way in ways):
            known = cheapest.get(longer.state)
            if known is None or longer.effort < known.effort:
                cheapest[longer.state] = longer
        ways = list(cheapest.values())
    ways = [way for way in ways if _oddity(start, way.parts[-1], None, None) is not None]
    return sorted(ways, key=lambda way: way.effort)


def _longer(start: Channel, way: _Way, efforts: list[tuple[Part, float]]) -> Iterator[_Way]:
    """The way with each of the next parts that fit."""
    adapter = way.parts[-1] if way.parts and way.parts[-1].is_adapter else None
    left = next((part for part in reversed(way.parts) if not part.is_adapter), None)
    left_face = left.far if left else start.near.face
    for part, effort in efforts:
        if part.is_adapter:
            yield _Way(way.effort + effort, (*way.parts, part), way.order)
            continue
        odd = _oddity(start, left, adapter, part)
        if odd is not None:
            key = meeting_key(left, adapter, part)
            order = _moved(way.order, left_face.size if key == ALIGNED else 0, _bare(part))
            yield _Way(way.effort + effort + odd, (*way.parts, part), order)


def _oddity(
    channel: Channel, left: Part | None, adapter: Part | None, right: Part | None
) -> float | None:
    """What is unusual where two parts meet, None when they do not fit; no part is an optic."""
    left_face = left.far if left else channel.near.face
    right_face = right.near if right else channel.far.face
    modes = (
        fiber_mode(left.fiber) if left else channel.near.fiber_mode,
        fiber_mode(right.fiber) if right else channel.far.fiber_mode,
    )
    key = meeting_key(left, adapter, right)
    said = meeting(left_face, right_face, key, modes, adapter)
    if any(severity == FAILS for _, severity, _, _ in said):
        return None
    is_flat = adapter is not None and left_face.polish != APC
    odd = sum(is_flat and is_odd_key(part, key) for part in (left, right) if part)
    return ODD * (odd + sum(severity == NOTE for _, severity, _, _ in said))


@lru_cache(maxsize=4096)
def _bare(part: Part) -> Part:
    """Only what decides where the fibers go."""
    near, far = (Face(face.connector, count=face.count) for face in (part.near, part.far))
    return Part(part.kind, near, far, part.wiring)


@lru_cache(maxsize=8192)
def _moved(order: Order, turned: int, part: Part) -> Order:
    """The order behind the part; `turned` is the number of positions where a row is reversed."""
    mapped = part_map(part) or {}
    moved = []
    for start, (port, position) in order:
        piece, local = divmod(port - 1, part.near.count)
        out = mapped.get((local + 1, turned + 1 - position if turned else position))
        if out:
            moved.append((start, (piece * part.far.count + out[0], out[1])))
    return tuple(moved)


def _variants(channel: Channel, part: Part) -> list[Part]:
    """The part itself, then what could be put in its place."""
    if part.is_adapter:
        return _adapters(channel, part)
    found = [part]
    wirings = (CROSSED, UNCROSSED) if part.is_duplex_cable else _wirings(part)
    for wiring, fiber, near, far, connector in product(
        dict.fromkeys((part.wiring, *wirings)),
        _fibers(channel, part),
        _faces(channel, part, part.near),
        _faces(channel, part, part.far),
        _connectors(channel, part),
    ):
        if connector:
            near, far = replace(near, connector=connector), replace(far, connector=connector)
        jacket = BETTER_JACKET if channel.space and part.jacket else part.jacket
        for worn in dict.fromkeys((part.jacket, jacket)):
            found.append(replace(part, near=near, far=far, wiring=wiring, fiber=fiber, jacket=worn))
    return [each for each in dict.fromkeys(found) if _serves(channel, each)]


def _serves(channel: Channel, part: Part) -> bool:
    return all(severity != FAILS for _, severity, _, _ in own_findings(channel, part))


def _wirings(part: Part) -> tuple[str, ...]:
    return ("A", "B", "U1", "U2") if part.kind == CASSETTE else (REVERSED, STRAIGHT)


def _adapters(channel: Channel, part: Part) -> list[Part]:
    keys = (part.wiring, OPPOSED, ALIGNED) if part.near.is_mpo else (part.wiring,)
    connectors = (part.near.connector, *(_shells_in(channel) if part.near.is_mpo else ()))
    return [
        replace(part, near=Face(connector), far=Face(connector), wiring=key)
        for key, connector in product(dict.fromkeys(keys), dict.fromkeys(connectors))
    ]


def _shells_in(channel: Channel) -> list[str]:
    """The MPO connectors of optics and cassettes: what cables and adapters may have to fit."""
    boxes = (part for part in channel.parts if part.kind in (CASSETTE, CONVERSION, HARNESS))
    faces = [face for part in boxes for face in (part.near, part.far)]
    faces += [channel.near.face, channel.far.face]
    return sorted({face.connector for face in faces if face.is_mpo})


def _connectors(channel: Channel, part: Part) -> list[str]:
    """ "" for as it is, then other MPO plugs at both ends."""
    if part.kind not in (CORD, TRUNK) or not part.near.is_mpo:
        return [""]
    return ["", *_shells_in(channel)]


def _fibers(channel: Channel, part: Part) -> list[str]:
    """Its own grade, or that of another part where it is of the wrong mode."""
    wanted = channel.near.fiber_mode
    if fiber_mode(part.fiber) == wanted:
        return [part.fiber]
    others = [each.fiber for each in channel.parts if fiber_mode(each.fiber) == wanted]
    return [part.fiber, others[0] if others else {"MM": "OM4", "SM": "OS2"}[wanted]]


def _faces(channel: Channel, part: Part, face: Face) -> list[Face]:
    if not face.is_mpo:
        return [replace(face, polish=polish) for polish in _polishes(channel, face)]
    genders = dict.fromkeys((face.gender, PINNED, UNPINNED))
    return [
        replace(face, gender=gender, polish=polish)
        for gender, polish in product(genders, _polishes(channel, face))
    ]


def _polishes(channel: Channel, face: Face) -> list[str]:
    """Its own polish, and those met elsewhere; single-mode MPO is angled only."""
    is_single = channel.near.fiber_mode == "SM"
    if face.is_mpo and is_single:
        return list(dict.fromkeys((face.polish, APC)))
    faces = [each for part in channel.parts for each in (part.near, part.far)]
    faces += [channel.near.face, channel.far.face]
    met = sorted({each.polish for each in faces if each.is_mpo == face.is_mpo and each.polish})
    return list(dict.fromkeys((face.polish, *met)))
