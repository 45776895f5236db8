"""A channel as an accessible SVG: every fiber from end to end, pins and keys at each joint.

Nothing is told by color alone: transmit is a full line, receive a broken one, a fiber that goes
wrong is thick and ends in a cross, and every joint says "fits", "fails" or "?" in words.
"""

from __future__ import annotations

from html import escape

from sales.channel_check import ChannelCheck, JointCheck
from sales.channel_names import connector_text, joint_name, joint_text, part_name, path_lines
from sales.channel_parts import Face
from sales.channel_path import FiberPath, Spot
from sales.channel_rules import ASKS

COLUMN, ROW, TOP, LEFT, FOOT = 116, 12, 84, 64, 20  # pixels
GAP = 40  # between the two faces of a joint
NARROWEST = 460  # the legend
TRANSMIT, RECEIVE, DARK, WRONG, INK, PAPER = (
    "#0b5cad", "#0f6b3c", "#767676", "#b00020", "#1b1b1b", "#ffffff",
)  # fmt: skip


def channel_svg(check: ChannelCheck, id_prefix: str = "channel") -> str:
    """The drawing as one SVG element; `id_prefix` keeps its ids apart from others on a page."""
    last = len(check.joints) - 1
    width = max(NARROWEST, 2 * LEFT + last * (COLUMN + GAP) + GAP)
    height = TOP + _rows(check) * ROW + FOOT + 3 * 16
    title, description = f"{id_prefix}-title", f"{id_prefix}-desc"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" aria-labelledby="{title} {description}"'
        ' font-family="sans-serif" font-size="11">',
        f'<title id="{title}">{escape(_title(check))}</title>',
        f'<desc id="{description}">{escape(description_text(check))}</desc>',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        *_parts(check),
        *(line for path in check.paths or () for line in _fiber(check, path)),
        *(line for joint in check.joints for line in _joint(check, joint)),
        *_end_labels(check),
        _text(LEFT / 2, height - 8, LEGEND, anchor="start"),
        "</svg>",
    ]
    return "\n".join(lines)


LEGEND = "Full line: transmit of end A. Broken line: receive. Thick with a cross: wrong."


def _title(check: ChannelCheck) -> str:
    channel = check.channel
    return f"Channel from {channel.near.name} to {channel.far.name}: {check.verdict}"


def description_text(check: ChannelCheck) -> str:
    """The drawing in words: each joint with its pins, key and result, then each lit fiber."""
    joints = [joint_text(check.channel, joint) for joint in check.joints]
    return ". ".join(line.rstrip(".") for line in (*joints, *path_lines(check))) + "."


def _rows(check: ChannelCheck) -> int:
    sizes = [_size(check, joint.joint.left_face, 2 * i) for i, joint in enumerate(check.joints)]
    sizes += [
        _size(check, joint.joint.right_face, 2 * i + 1) for i, joint in enumerate(check.joints)
    ]
    return max(sizes)


def _size(check: ChannelCheck, face: Face, stop: int) -> int:
    """How many rows the faces of this column take."""
    ports = [path.stops[stop][0] for path in check.paths or () if len(path.stops) > stop]
    return face.size * max(ports, default=face.count)


def _x(stop: int) -> int:
    """Columns come in pairs: both faces of a joint, then the part up to the next joint."""
    joint, side = divmod(stop, 2)
    return LEFT + joint * (COLUMN + GAP) + side * GAP


def _y(check: ChannelCheck, stop: int, spot: Spot) -> float:
    joint = check.joints[stop // 2].joint
    face = joint.right_face if stop % 2 else joint.left_face
    row = (spot[0] - 1) * face.size + spot[1] - 0.5
    return round(TOP + row * ROW * _rows(check) / _size(check, face, stop), 1)


def _fiber(check: ChannelCheck, path: FiberPath) -> list[str]:
    """The line of one fiber. A path's stops are the columns of the drawing, one for one."""
    spots = list(path.stops)
    role = check.channel.near.role(spots[0][1])
    is_wrong = spots[0] in check.wrong or bool(path.lost_at and role)
    color = WRONG if is_wrong else {"Tx": TRANSMIT, "Rx": RECEIVE, "": DARK}[role]
    dash = {"Tx": "", "Rx": ' stroke-dasharray="6 3"', "": ' stroke-dasharray="1 4"'}[role]
    width = 3 if is_wrong else 1.5 if role else 0.75
    places = [(_x(stop), _y(check, stop, spot)) for stop, spot in enumerate(spots)]
    points = " ".join(f"{x},{y}" for x, y in places)
    lines = [
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="{width}"{dash}/>'
    ]
    return [*lines, *_cross(*places[-1])] if is_wrong else lines


def _cross(x: float, y: float) -> list[str]:
    return [
        f'<path d="M{x - 4},{y - 4}L{x + 4},{y + 4}M{x - 4},{y + 4}L{x + 4},{y - 4}"'
        f' stroke="{WRONG}" stroke-width="2" fill="none"/>'
    ]


def _parts(check: ChannelCheck) -> list[str]:
    """A box from joint to joint for each cable and cassette, with its name."""
    lines, height = [], _rows(check) * ROW
    for left in check.joints[:-1]:
        index = left.joint.right
        if index is None:
            continue
        part, x = check.channel.parts[index], _x(2 * left.joint.number - 1)
        lines.append(
            f'<rect x="{x}" y="{TOP}" width="{COLUMN}" height="{height}" fill="#f1f3f5"'
            f' stroke="{INK}" stroke-width="0.5" rx="4"/>'
        )
        wiring = part.wiring or "?"
        told = f"Type {wiring}" if len(wiring) < 3 else wiring
        lines.append(_text(x + COLUMN / 2, TOP - 8, f"{part_name(check.channel, index)}, {told}"))
    return lines


def _joint(check: ChannelCheck, each: JointCheck) -> list[str]:
    """Number, pins, keys and result of a joint, above its two faces and below."""
    joint = each.joint
    stop = 2 * (joint.number - 1)
    middle = _x(stop) + GAP / 2
    asks = any(finding.severity == ASKS for finding in each.findings)
    result = "fails" if each.fails else "?" if asks else "fits"
    color = WRONG if each.fails else INK
    bottom = TOP + _rows(check) * ROW
    name = escape(joint_name(check.channel, joint.number))
    return [
        f"<g><title>Joint {joint.number}, {name}: {result}</title>",
        _text(middle, 14, f"Joint {joint.number}: {result}", color, is_bold=each.fails),
        _text(
            middle, 28, f"{connector_text(joint.left_face)} | {connector_text(joint.right_face)}"
        ),
        _text(middle, 42, _pins_told(joint.left_face, joint.right_face)),
        _text(middle, 56, _keys_told(each)),
        f'<rect x="{_x(stop)}" y="{TOP}" width="{GAP}" height="{bottom - TOP}" fill="none"'
        f' stroke="{color}" stroke-width="{2 if each.fails else 0.5}"/>',
        *_pins(stop, joint.left_face, bottom),
        *_pins(stop + 1, joint.right_face, bottom),
        *_keys(stop, each),
        "</g>",
    ]


def _pins_told(left: Face, right: Face) -> str:
    if not (left.is_mpo or right.is_mpo):
        return ""
    words = {"M": "pins", "F": "holes", "X": "either"}
    return " | ".join(words.get(face.gender, "?") for face in (left, right))


def _keys_told(each: JointCheck) -> str:
    joint = each.joint
    if not joint.left_face.is_mpo or joint.is_optic:
        return ""
    return {"aligned": "key up | key up", "opposed": "key up | key down", "": "key ?"}[joint.key]


def _pins(stop: int, face: Face, bottom: float) -> list[str]:
    """Two dots for pins, two rings for holes, beyond the outermost fibers."""
    if not (face.is_mpo and face.gender):
        return []
    fill = INK if face.gender == "M" else PAPER
    return [
        f'<circle cx="{_x(stop)}" cy="{y}" r="3.5" fill="{fill}" stroke="{INK}"/>'
        for y in (TOP, bottom)
    ]


def _keys(stop: int, each: JointCheck) -> list[str]:
    """A triangle at the side where the key is: up, or down where the keys are opposed."""
    if not _keys_told(each) or not each.joint.key:
        return []
    right = "M-4,0L4,0L0,7Z" if each.joint.key == "opposed" else "M-4,0L4,0L0,-7Z"
    return [
        f'<path transform="translate({_x(stop + side)},{TOP - 14})" d="{shape}" fill="{INK}"/>'
        for side, shape in ((0, "M-4,0L4,0L0,-7Z"), (1, right))
    ]


def _end_labels(check: ChannelCheck) -> list[str]:
    channel, last = check.channel, len(check.joints) * 2 - 1
    bottom = TOP + _rows(check) * ROW
    return [
        _text(_x(0) - 8, bottom + 16, f"End A: {channel.near.name}", anchor="start"),
        _text(_x(last) + 8, bottom + 16, f"End B: {channel.far.name}", anchor="end"),
        *_position_labels(check, 0, -6, "end"),
        *_position_labels(check, last, 6, "start"),
    ]


def _position_labels(check: ChannelCheck, stop: int, shift: int, anchor: str) -> list[str]:
    """Position number and Tx or Rx beside each fiber of an optic."""
    optic = check.channel.far if stop else check.channel.near
    size = _size(check, optic.face, stop)
    spots = [(row // optic.face.size + 1, row % optic.face.size + 1) for row in range(size)]
    return [
        _text(
            _x(stop) + shift,
            _y(check, stop, spot) + 3.5,
            f"{_place(optic.is_parallel, spot)} {optic.role(spot[1])}".strip(),
            anchor=anchor,
            size=9,
        )
        for spot in spots
    ]


def _place(is_parallel: bool, spot: Spot) -> str:
    return str(spot[1]) if is_parallel else f"{spot[0]}{'AB'[spot[1] - 1]}"


def _text(
    x: float,
    y: float,
    words: str,
    color: str = INK,
    *,
    anchor: str = "middle",
    is_bold: bool = False,
    size: int = 11,
) -> str:
    weight = ' font-weight="bold"' if is_bold else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{color}" font-size="{size}"{weight}>'
        f"{escape(words)}</text>"
    )
