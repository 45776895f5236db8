"""A channel as a drawing: every fiber from end to end, pins and keys at each joint.

Drawn from the payload that `channel_payload` makes. Nothing is told by color alone: transmit is a
full line, receive a broken one, a fiber that goes wrong is thick and ends in a cross, and every
joint says "fits", "fails" or "not known" in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sales.figure import (
    BAD,
    BAD_SOFT,
    END,
    GOOD,
    GOOD_SOFT,
    HAIRLINE,
    INK,
    MIDDLE,
    MUTED,
    PAPER,
    SOFT,
    START,
    WARN,
    WARN_SOFT,
    Area,
    Box,
    Dot,
    Figure,
    Line,
    Shape,
    Words,
    clipped,
    svg_of,
)

Payload = Mapping[str, Any]
Place = tuple[float, float]
COLUMN, ROW, TOP, LEFT, FOOT = 120, 13, 172, 76, 64  # pixels
GAP, FACE = 44, 10  # between the two faces of a joint; how thick a face is
MARGIN = 20
NARROWEST = 560  # the title and the legend
TRANSMIT, RECEIVE, DARK = "#0b5cad", "#0f6b3c", "#8a939e"
COLORS = {"Tx": TRANSMIT, "Rx": RECEIVE, "": DARK}
DASHES: dict[str, tuple[float, ...]] = {"Tx": (), "Rx": (6, 3), "": (1, 4)}
LOOKS = {  # of a result or a verdict: its words, ink and ground
    "fits": ("fits", GOOD, GOOD_SOFT),
    "fails": ("fails", BAD, BAD_SOFT),
    "?": ("not known", WARN, WARN_SOFT),
    "passes": ("works", GOOD, GOOD_SOFT),
    "unknown": ("not known yet", WARN, WARN_SOFT),
}
KEYS = {"aligned": "key up | key up", "opposed": "key up | key down", "?": "key ?"}
LEGEND = "Full line: transmit of end A. Broken line: receive. Thick with a cross: wrong."
NOT_FOLLOWED = "Fibers are not followed: plugs do not fit, or a part's fiber map is not known."


def channel_svg(payload: Payload, id_prefix: str = "channel") -> str:
    """The drawing as one SVG element; `id_prefix` keeps its ids apart from others on a page."""
    return svg_of(channel_figure(payload), id_prefix)


def channel_figure(payload: Payload) -> Figure:
    """The drawing of a `ChannelCheck` payload of docs/protocol.md."""
    last = len(payload["joints"]) - 1
    width = max(NARROWEST, 2 * LEFT + last * (COLUMN + GAP) + GAP)
    shapes = [
        *_head(payload, width),
        *_cables(payload),
        *(shape for joint in range(last + 1) for shape in _ground(payload, joint)),
        *(shape for fiber in payload["fibers"] for shape in _fiber(payload, fiber)),
        *(shape for joint in range(last + 1) for shape in _joint(payload, joint)),
        *_ends(payload, width),
    ]
    title = f"Channel from {payload['ends'][0]['name']} to {payload['ends'][1]['name']}"
    height = _bottom(payload) + FOOT
    told = f"{title}: {payload['verdict']}"
    return Figure(told, description_text(payload), width, height, tuple(shapes))


def description_text(payload: Payload) -> str:
    """The drawing in words: each joint with its pins, key and result, then each lit fiber."""
    lines = [*(joint["text"] for joint in payload["joints"]), *payload["order"]]
    return ". ".join(line.rstrip(".") for line in lines) + "."


# -- Where things are


def _rows(payload: Payload) -> int:
    return max(int(face["rows"]) for joint in payload["joints"] for face in joint["faces"])


def _bottom(payload: Payload) -> float:
    return TOP + _rows(payload) * ROW


def _x(stop: int) -> float:
    """Faces come in pairs: both of a joint, then the cable up to the next joint."""
    joint, side = divmod(stop, 2)
    return LEFT + joint * (COLUMN + GAP) + side * GAP


def _y(payload: Payload, stop: int, row: int) -> float:
    """The middle of a position; a face with fewer takes the same height."""
    face = payload["joints"][stop // 2]["faces"][stop % 2]
    return float(TOP + (row + 0.5) * ROW * _rows(payload) / face["rows"])


# -- What is drawn


def _head(payload: Payload, width: float) -> Iterator[Shape]:
    told = payload["verdict"]
    words = ("does not work", BAD, BAD_SOFT) if told == "fails" else LOOKS[told]
    wide = 20 + 8.4 * len(words[0])
    yield Words(MARGIN, 36, clipped(payload["title"], width - wide - 60, 17), size=17, is_bold=True)
    yield from _label(width - MARGIN - wide / 2, 17, words, wide, 13)


def _label(
    middle: float, top: float, look: tuple[str, str, str], width: float, size: float
) -> Iterator[Shape]:
    words, ink, ground = look
    height = size * 2
    yield Box(middle - width / 2, top, width, height, ground, ink, 1, height / 2)
    yield Words(middle, top + height / 2 + size * 0.36, words, ink, size, MIDDLE, is_bold=True)


def _cables(payload: Payload) -> Iterator[Shape]:
    """A box from joint to joint for each cable and cassette, with its name."""
    for number, cable in enumerate(payload["cables"]):
        x, height = _x(2 * number + 1), _rows(payload) * ROW
        yield Box(x, TOP, COLUMN, height, SOFT, HAIRLINE, 1, 4)
        wiring = clipped(cable["wiring"], COLUMN / 2, 11)
        name = clipped(cable["name"], COLUMN + 16 - 6 * len(wiring), 11)
        yield Words(x + COLUMN / 2, TOP - 10, f"{name}, {wiring}", INK, 11, MIDDLE)


def _ground(payload: Payload, joint: int) -> Iterator[Shape]:
    """What is behind a joint that fails."""
    if payload["joints"][joint]["result"] == "fails":
        x, height = _x(2 * joint) - 9, _rows(payload) * ROW
        yield Box(x, TOP - 9, GAP + 18, height + 18, BAD_SOFT, BAD, 2, 6)


def _fiber(payload: Payload, fiber: Payload) -> Iterator[Shape]:
    role, is_wrong = fiber["role"], fiber["wrong"]
    width = 3 if is_wrong else 1.5 if role else 0.75
    color = BAD if is_wrong else COLORS[role]
    places = [(_x(stop), _y(payload, stop, row)) for stop, row in enumerate(fiber["rows"])]
    yield Line(tuple(places), color, width, DASHES[role])
    if is_wrong:
        yield from _cross(*places[-1])


def _cross(x: float, y: float) -> Iterator[Shape]:
    for turn in (1, -1):
        yield Line(((x - 4, y - 4 * turn), (x + 4, y + 4 * turn)), PAPER, 4)
    for turn in (1, -1):
        yield Line(((x - 4, y - 4 * turn), (x + 4, y + 4 * turn)), BAD, 2)


def _joint(payload: Payload, number: int) -> Iterator[Shape]:
    """Number, connectors, pins, keys and result above the two faces of a joint."""
    joint, middle = payload["joints"][number], _x(2 * number) + GAP / 2
    faces = joint["faces"]
    pins = [face["pins"] for face in faces]
    yield Words(middle, 76, f"Joint {number + 1}", INK, 12, MIDDLE, is_bold=True)
    look = LOOKS[joint["result"]]
    yield from _label(middle, 82, look, 16 + 7 * len(look[0]), 11)
    yield Words(middle, 119, " | ".join(face["connector"] for face in faces), INK, 11, MIDDLE)
    yield Words(middle, 133, " | ".join(pins) if any(pins) else "", MUTED, 11, MIDDLE)
    yield Words(middle, 147, KEYS.get(joint["key"], ""), MUTED, 11, MIDDLE)
    for side in (0, 1):
        yield from _face(payload, 2 * number + side, joint)


def _face(payload: Payload, stop: int, joint: Payload) -> Iterator[Shape]:
    """A frame around its positions; pins are dots, holes are rings; the key is a triangle."""
    x, bottom = _x(stop), _bottom(payload)
    face, is_far = joint["faces"][stop % 2], stop % 2
    yield Line(((x, TOP), (x, bottom)), BAD if joint["fails"] else INK, 2)
    if face["pins"] in ("pins", "holes", "either"):
        fill = INK if face["pins"] == "pins" else PAPER
        for y in (TOP, bottom):
            yield Dot(x, y, 4, fill, INK)
    if joint["key"] in ("aligned", "opposed"):
        tip = 1 if is_far and joint["key"] == "opposed" else -1
        base = TOP - 12 - 3 * tip
        yield Area(((x - 4, base), (x + 4, base), (x, base + 7 * tip)), INK)


def _ends(payload: Payload, width: float) -> Iterator[Shape]:
    last, bottom = len(payload["joints"]) * 2 - 1, _bottom(payload)
    right = _x(last) + LEFT - MARGIN
    half = (width - 2 * MARGIN) / 2
    for number, (stop, shift, anchor) in enumerate(((0, -8, END), (last, 8, START))):
        end = payload["ends"][number]
        for row, place in enumerate(end["places"]):
            y = _y(payload, stop, row) + 3.5
            yield Words(_x(stop) + shift, y, place, MUTED, 10, anchor)
        told = clipped(f"End {'AB'[number]}: {end['name']}", half, 12)
        x, side = (right, END) if number else (MARGIN, START)
        yield Words(x, bottom + 24, told, INK, 12, side, is_bold=True)
    legend = LEGEND if payload["fibers"] else NOT_FOLLOWED
    yield Words(MARGIN, bottom + 48, legend, MUTED, 11)
