"""A checked channel as plain data to draw: the `ChannelCheck` payload of docs/protocol.md.

A face is the row of fiber positions of all plugs or ports that meet at one side of a joint. A
fiber's `rows` are its places on the faces from end A on, counted from 0, one for each face.
"""

from __future__ import annotations

from typing import Any

from sales.channel_check import ChannelCheck, JointCheck
from sales.channel_names import connector_text, joint_name, joint_text, part_name
from sales.channel_parts import Face, Optic
from sales.channel_path import FiberPath, Spot
from sales.channel_rules import ASKS

FITS, FAILS, OPEN = "fits", "fails", "?"
PINS = {"M": "pins", "F": "holes", "X": "either", "": "?"}
Json = dict[str, Any]


def channel_drawing_data(check: ChannelCheck) -> Json:
    """Ends, joints, cables and fibers of the drawing."""
    channel, last = check.channel, 2 * len(check.joints) - 1
    return {
        "ends": [_end(check, channel.near, 0), _end(check, channel.far, last)],
        "joints": [_joint(check, each) for each in check.joints],
        "cables": [_cable(check, each.joint.right) for each in check.joints[:-1]],
        "fibers": [_fiber(check, path) for path in check.paths or ()],
    }


def _end(check: ChannelCheck, optic: Optic, stop: int) -> Json:
    """The optic's name, and what each position on it is called: "1 Tx", "2A Rx"."""
    size = optic.face.size
    rows = range(_rows(check, optic.face, stop))
    ports = len(rows) // size
    spots = [(row // size + 1, row % size + 1) for row in rows]
    return {
        "name": optic.name,
        "places": [f"{_place(optic, spot, ports)} {optic.role(spot[1])}".strip() for spot in spots],
    }


def _place(optic: Optic, spot: Spot, ports: int) -> str:
    port, position = spot
    if not optic.is_parallel:
        return f"{port if ports > 1 else ''}{'AB'[position - 1]}"
    return f"{port}:{position}" if ports > 1 else str(position)


def _joint(check: ChannelCheck, each: JointCheck) -> Json:
    joint, stop = each.joint, 2 * (each.joint.number - 1)
    asks = any(finding.severity == ASKS for finding in each.findings)
    has_key = joint.left_face.is_mpo and not joint.is_optic
    return {
        "name": joint_name(check.channel, joint.number),
        "text": joint_text(check.channel, each),
        "fails": each.fails,
        "result": FAILS if each.fails else OPEN if asks else FITS,
        "key": (joint.key or "?") if has_key else "",
        "faces": [
            _face(check, joint.left_face, stop),
            _face(check, joint.right_face, stop + 1),
        ],
    }


def _face(check: ChannelCheck, face: Face, stop: int) -> Json:
    return {
        "connector": connector_text(face),
        "pins": PINS[face.gender] if face.is_mpo else "",
        "rows": _rows(check, face, stop),
    }


def _rows(check: ChannelCheck, face: Face, stop: int) -> int:
    """How many positions stand in this row, those of all plugs that are used together."""
    ports = [path.stops[stop][0] for path in check.paths or () if len(path.stops) > stop]
    return face.size * max(ports, default=face.count)


def _cable(check: ChannelCheck, index: int | None) -> Json:
    assert index is not None  # noqa: S101  # only the last joint has an optic at its right
    wiring = check.channel.parts[index].wiring
    told = wiring.replace("-", "-to-") if "-" in wiring else f"Type {wiring or '?'}"
    return {"name": part_name(check.channel, index), "wiring": told}


def _fiber(check: ChannelCheck, path: FiberPath) -> Json:
    """`role` is that of end A: Tx, Rx, or "" for a dark fiber."""
    role = check.channel.near.role(path.stops[0][1])
    is_wrong = path.stops[0] in check.wrong or bool(path.lost_at and role)
    faces = [
        face for each in check.joints for face in (each.joint.left_face, each.joint.right_face)
    ]
    rows = [
        (port - 1) * face.size + position - 1
        for (port, position), face in zip(path.stops, faces, strict=False)
    ]
    return {"role": role, "wrong": is_wrong, "rows": rows}
