"""What parts, joints and fiber positions are called in words and in the drawing."""

from __future__ import annotations

from sales.channel_check import ChannelCheck, JointCheck
from sales.channel_parts import APC, Channel, Face, Optic
from sales.channel_path import Spot, joints
from sales.channel_rules import ASKS, FAILS

GENDER_WORDS = {"M": "pinned", "F": "unpinned", "X": "field changeable", "": "pins not known"}


def part_name(channel: Channel, index: int) -> str:
    """ "the trunk", "cord 1", "cassette 2"; the visitor's own name where there is one."""
    part = channel.parts[index]
    if part.name:
        return part.name
    same = [place for place, each in enumerate(channel.parts) if each.kind == part.kind]
    return f"the {part.kind}" if len(same) == 1 else f"{part.kind} {same.index(index) + 1}"


def part_description(channel: Channel, index: int) -> str:
    """ "the trunk, Type B, OM4"."""
    part = channel.parts[index]
    if part.is_adapter:
        return f"{part_name(channel, index)}, {key_text(part.wiring)}"
    wiring = f"Type {part.wiring}" if len(part.wiring) < 3 else part.wiring.replace("-", "-to-")
    words = (wiring if part.wiring else "polarity not known", part.fiber)
    return ", ".join((part_name(channel, index), *filter(None, words)))


def joint_name(channel: Channel, number: int) -> str:
    """ "optic A to cord 1", "cord 1 to the trunk"."""
    joint = joints(channel)[number - 1]
    left = "optic A" if joint.left is None else part_name(channel, joint.left)
    right = "optic B" if joint.right is None else part_name(channel, joint.right)
    return f"{left} to {right}"


def key_text(key: str) -> str:
    told = {"opposed": "key up to key down", "aligned": "key up to key up", "": "key not known"}
    return told[key]


def face_text(face: Face) -> str:
    """ "MPO-12 unpinned flat", "LC-D flat"."""
    gender = GENDER_WORDS[face.gender] if face.is_mpo else ""
    polish = {"": "polish not known", APC: "angled"}.get(face.polish, "flat")
    return " ".join(filter(None, (connector_text(face), gender, polish)))


def connector_text(face: Face) -> str:
    """ "MPO-12", "2 MPO-12"."""
    return face.connector if face.count == 1 else f"{face.count} {face.connector}"


def spot_text(optic: Optic, spot: Spot, ports: int) -> str:
    """ "1", "2:1" (port 2, position 1), "3A" (duplex port 3, side A)."""
    port, position = spot
    if not optic.is_parallel:
        return f"{port if ports > 1 else ''}{'AB'[position - 1]}"
    return f"{port}:{position}" if ports > 1 else str(position)


def spots_text(check: ChannelCheck, role: str) -> str:
    """ "1 to 12, 2 to 11 (wrong)" for the fibers of this role at end A; "" for none."""
    near, far = check.channel.near, check.channel.far
    paths = check.paths or ()
    ends = [path.end for path in paths if path.end]
    near_ports = max((path.stops[0][0] for path in paths), default=1)
    far_ports = max((end[0] for end in ends), default=1)
    told = []
    for path in paths:
        if near.role(path.stops[0][1]) != role:
            continue
        start = spot_text(near, path.stops[0], near_ports)
        if path.end is None:
            told.append(f"{start} is lost at joint {path.lost_at}")
            continue
        arrived = far.role(path.end[1]) or "dark"
        wrong = ", wrong" if path.stops[0] in check.wrong else ""
        told.append(f"{start} to {spot_text(far, path.end, far_ports)} ({arrived}{wrong})")
    return ", ".join(told)


def joint_text(channel: Channel, check: JointCheck) -> str:
    """ "Joint 2, cord 1 to the trunk: MPO-12 unpinned flat, MPO-12 pinned flat, ...: fits"."""
    joint = check.joint
    words = [face_text(joint.left_face), face_text(joint.right_face)]
    if joint.left_face.is_mpo and not joint.is_optic:
        words.append(key_text(joint.key))
    wrong = [each.text for each in check.findings if each.severity in (FAILS, ASKS)]
    result = " ".join(wrong) if wrong else "fits"
    state = "fails: " if check.fails else ""
    start = f"Joint {joint.number}, {joint_name(channel, joint.number)}"
    return f"{start}: {', '.join(words)}: {state}{result}"


def path_lines(check: ChannelCheck) -> list[str]:
    """Where each lit fiber of end A arrives, in one line for transmit and one for receive."""
    if check.paths is None:
        return ["Fiber order: not followed, as plugs do not fit or a map is not known."]
    lines = []
    for role, words in (("Tx", "Transmit"), ("Rx", "Receive")):
        told = spots_text(check, role)
        if told:
            lines.append(f"{words} fibers of end A arrive at end B: {told}")
    return lines
