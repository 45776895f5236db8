"""Channel check: do polarity, pins, keys, polish and fiber counts fit from end to end?

It says nothing about loss and reach: that is the link budget's work (sales/link_budget.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from sales.channel_parts import Channel, Optic
from sales.channel_path import FiberPath, Joint, Spot, fiber_paths, joints, port_counts
from sales.channel_rules import (
    ASKS,
    COUNT,
    FAILS,
    NOTE,
    POLARITY,
    POLARITY_NOTE,
    Finding,
    end_findings,
    joint_findings,
    key_notes,
    mode_of,
    part_findings,
)

PASSES, BROKEN, UNKNOWN = VERDICTS = ("passes", "fails", "unknown")


@dataclass(frozen=True)
class JointCheck:
    """One joint and what was found at it."""

    joint: Joint
    findings: tuple[Finding, ...]

    @property
    def fails(self) -> bool:
        return any(finding.severity == FAILS for finding in self.findings)

    def state(self, aspect: str) -> str:
        """ "ok", "fails" or "asks" for pin, key, polish, count or type."""
        said = {finding.severity for finding in self.findings if finding.aspect == aspect}
        return FAILS if FAILS in said else ASKS if ASKS in said else "ok"


@dataclass(frozen=True)
class ChannelCheck:
    """What was found, joint by joint and for the whole; `paths` is None when a map is not known."""

    channel: Channel
    joints: tuple[JointCheck, ...]
    whole: tuple[Finding, ...]  # of parts, ends and polarity
    paths: tuple[FiberPath, ...] | None
    wrong: frozenset[Spot]  # near spots of fibers that end in the wrong place

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*(each for joint in self.joints for each in joint.findings), *self.whole)

    @property
    def failures(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.severity == FAILS)

    @property
    def questions(self) -> tuple[Finding, ...]:
        """What must be known before it can be said that the channel works."""
        return tuple(each for each in self.findings if each.severity == ASKS)

    @property
    def notes(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.severity == NOTE)

    @property
    def verdict(self) -> str:
        """passes, fails, or unknown: nothing fails, but something is not known."""
        if self.failures:
            return BROKEN
        return UNKNOWN if self.questions else PASSES

    @property
    def passes(self) -> bool:
        return self.verdict == PASSES


def check_channel(channel: Channel) -> ChannelCheck:
    """The check of one channel; the same verdict whichever end comes first."""
    met, paths = joints(channel), fiber_paths(channel)
    lost = _lost_fibers(channel)
    checked = tuple(_check_joint(channel, joint, lost) for joint in met)
    polarity: list[Finding] = []
    wrong: frozenset[Spot] = frozenset()
    if _all_plug_in(met):
        polarity, wrong = _polarity(channel, paths)
    else:  # no light gets anywhere
        paths = None
    whole = (*part_findings(channel), *end_findings(channel), *polarity)
    return ChannelCheck(channel, checked, whole, paths, wrong)


def _all_plug_in(met: tuple[Joint, ...]) -> bool:
    return all(joint.left_face.shell == joint.right_face.shell for joint in met)


def _check_joint(channel: Channel, joint: Joint, lost: dict[int, list[int]]) -> JointCheck:
    adapter = None if joint.adapter is None else channel.parts[joint.adapter]
    left, right = mode_of(channel, joint.left, True), mode_of(channel, joint.right, False)
    found = [*joint_findings(joint, left, right, adapter), *key_notes(channel, joint)]
    gone = lost.get(joint.number, [])
    is_same_shell = joint.left_face.shell == joint.right_face.shell
    if gone and is_same_shell:
        found.append(_fibers_lost(joint, gone))
    elif is_same_shell and joint.left_face.fibers != joint.right_face.fibers:
        text = "One side has fewer fibers; those the optics use go through."
        found.append(Finding(COUNT, NOTE, text, POLARITY_NOTE, joint.number))
    return JointCheck(joint, tuple(found))


def _fibers_lost(joint: Joint, gone: list[int]) -> Finding:
    fewer, more = sorted((joint.left_face, joint.right_face), key=lambda face: len(face.fibers))
    listed = ", ".join(str(position) for position in sorted(set(gone)))
    text = (
        f"{more.connector} meets {fewer.connector}: the light on position {listed} finds no fiber."
    )
    return Finding(COUNT, FAILS, text, POLARITY_NOTE, joint.number)


def _lost_fibers(channel: Channel) -> dict[int, list[int]]:
    """Positions whose light is needed and lost, by joint.

    Seen from an optic with one port when there is one: cassette ports that it does not reach are
    simply not used. Otherwise seen from both ends.
    """
    counts = port_counts(channel)
    last = len(counts) + 1
    lost: dict[int, list[int]] = {}
    is_single = 1 in (counts[0], counts[-1])
    for seen, count, number in ((channel, counts[0], 0), (channel.reversed(), counts[-1], last)):
        if count > 1 and is_single:
            continue
        for path in fiber_paths(seen) or ():
            if path.lost_at and seen.near.role(path.stops[0][1]):
                lost.setdefault(abs(number - path.lost_at), []).append(path.stops[-1][1])
    return lost


def _polarity(
    channel: Channel, paths: tuple[FiberPath, ...] | None
) -> tuple[list[Finding], frozenset[Spot]]:
    """Whether every transmit fiber arrives at a receive port of its own lane."""
    if paths is None:
        text = "The fiber map of a part is not known: ask for it before you rely on the polarity."
        return [Finding(POLARITY, ASKS, text, POLARITY_NOTE)], frozenset()
    ends = {path.stops[0]: path.end for path in paths if path.end}
    wrong = _same_roles(channel, ends) | _split_lanes(channel, ends) | _dark_lanes(channel, ends)
    lost = {path.stops[0] for path in paths if path.lost_at and channel.near.role(path.stops[0][1])}
    if not wrong:
        return [], frozenset()
    first = min(wrong)
    text = _wrong_text(channel, first, ends.get(first))
    return [Finding(POLARITY, FAILS, text, POLARITY_NOTE)], frozenset(wrong | lost)


def _same_roles(channel: Channel, ends: dict[Spot, Spot]) -> set[Spot]:
    return {
        start
        for start, end in ends.items()
        if channel.near.role(start[1]) and channel.near.role(start[1]) == channel.far.role(end[1])
    }


def _split_lanes(channel: Channel, ends: dict[Spot, Spot]) -> set[Spot]:
    """Fibers that part from the other fiber of their lane, where the ports are more than one."""
    near, far = channel.near, channel.far
    if near.is_parallel and far.is_parallel:
        return set()
    wrong = set()
    for (port, position), end in ends.items():
        other = ends.get((port, near.partner(position)))
        expected = (end[0], far.partner(end[1]))
        if near.role(position) and far.role(end[1]) and other != expected:
            wrong.add((port, position))
    return wrong


def _dark_lanes(channel: Channel, ends: dict[Spot, Spot]) -> set[Spot]:
    """Fibers between a lit and a dark position, at a port that is in use."""
    counts = port_counts(channel)
    back = {end: start for start, end in ends.items()}
    starts = _half_dark(channel.near, channel.far, ends, counts[0])
    arrived = _half_dark(channel.far, channel.near, back, counts[-1])
    return starts | {back[end] for end in arrived}


def _half_dark(optic: Optic, other: Optic, ends: dict[Spot, Spot], ports: int) -> set[Spot]:
    lit = {start: bool(other.role(end[1])) for start, end in ends.items() if optic.role(start[1])}
    used = {port for (port, _), is_lit in lit.items() if is_lit} | ({1} if ports == 1 else set())
    return {start for start, is_lit in lit.items() if start[0] in used and not is_lit}


def _wrong_text(channel: Channel, start: Spot, end: Spot | None) -> str:
    near, far = channel.near.role(start[1]), channel.far.role(end[1]) if end else ""
    words = {"Tx": "transmit", "Rx": "receive", "": "a dark position"}
    there = _spot_text(channel.near, start)
    if end is None:
        return f"The {words[near]} fiber at {there} of end A does not arrive."
    here = _spot_text(channel.far, end)
    if near == far:
        meet = f"{words[near].capitalize()} meets {words[far]}"
        return f"{meet}: {there} of end A reaches {here} of end B."
    if not near or not far:
        return f"{there.capitalize()} of end A reaches {here} of end B, and one of them is dark."
    return (
        f"The fibers of a pair part: {there} of end A reaches {here} of end B, its mate does not."
    )


def _spot_text(optic: Optic, spot: Spot) -> str:
    if optic.is_parallel:
        return f"position {spot[1]}"
    return f"port {spot[0]}{'AB'[spot[1] - 1]}"
