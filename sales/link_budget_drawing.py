"""A link budget as a drawing: what takes light, stacked against the limit, and what is left.

Drawn from the payload that `link_budget_payload` makes. Nothing is told by color alone: parts have
numbers, the limit is a line with its figure, and the outcome is written out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sales.figure import (
    BAD,
    BAD_SOFT,
    END,
    GOOD,
    GOOD_SOFT,
    HAIRLINE,
    INK,
    LETTER,
    MIDDLE,
    MUTED,
    PAPER,
    SOFT,
    Box,
    Figure,
    Line,
    Shape,
    Words,
    clipped,
    svg_of,
)

Payload = Mapping[str, Any]
WIDTH, LEFT, RIGHT = 640, 96, 20
BAR, BAR_TOP, BARS_APART = 26, 104, 40
ROW = 24
HEADROOM = 1.08  # what is beyond the longer of limit and total
SHADES = ("#1d5fa8", "#19727f", "#8f5a0a", "#6a4cb3", "#56657a", "#a23d5e")  # white is readable
NARROWEST_NUMBERED = 16
STEPS = (0.1, 0.2, 0.25, 0.5, 1, 2, 2.5, 5, 10, 20, 50)  # dB between marks
MOST_MARKS = 8


def link_budget_svg(payload: Payload, id_prefix: str = "budget") -> str:
    """The drawing as one SVG element; `id_prefix` keeps its ids apart from others on a page."""
    return svg_of(link_budget_figure(payload), id_prefix)


def link_budget_figure(payload: Payload) -> Figure:
    """The drawing of a `LinkBudget` payload of docs/protocol.md."""
    parts, bars = payload["parts"], 1 + _is_typical_known(payload)
    axis = BAR_TOP + bars * BARS_APART
    table = axis + 50
    shapes = [
        *_head(payload),
        *_marks(payload, axis),
        *_bars(payload),
        *_limit(payload, axis),
        *_table(payload, table),
    ]
    height = table + (len(parts) + 1) * ROW + 14
    title = f"Link budget: {payload['title']}"
    return Figure(title, description_text(payload), WIDTH, height, tuple(shapes))


def description_text(payload: Payload) -> str:
    """The drawing in words: every part, then the sum against the limit."""
    told = [_part_told(part) for part in payload["parts"]]
    total = f"Total, worst case: {db(payload['total_db'])} of {db(payload['limit_db'])} dB"
    typical = payload.get("typical_db")
    more = [f"Typical: about {db(typical)} dB"] if typical is not None else []
    return ". ".join([*told, total, outcome(payload) + _reach_told(payload), *more]) + "."


def _part_told(part: Payload) -> str:
    typical = part.get("typical_db")
    beside = f", typically {db(typical)} dB" if typical is not None else ""
    return f"{part['label']}: {db(part['loss_db'])} dB{beside}"


def outcome(payload: Payload) -> str:
    """ "0.46 dB too much", "1.22 dB to spare"; that is loss only, not reach."""
    left = round(payload["limit_db"] - payload["total_db"], 3)
    return f"{db(-left)} dB too much" if left < 0 else f"{db(left)} dB to spare"


def _reach_told(payload: Payload) -> str:
    return "; but it is longer than the link reaches" if payload.get("beyond_reach") else ""


def db(loss: float) -> str:
    """Two decimals, or three where they say more."""
    text = f"{loss:.2f}"
    return text if abs(float(text) - loss) < 0.0005 else f"{loss:.3f}"


def _is_typical_known(payload: Payload) -> bool:
    return payload.get("typical_db") is not None


def _x(payload: Payload, loss: float) -> float:
    scale = max(payload["limit_db"], payload["total_db"]) * HEADROOM or 1
    return LEFT + loss / scale * (WIDTH - LEFT - RIGHT)


def _head(payload: Payload) -> Iterator[Shape]:
    color, ground, verdict = (
        (GOOD, GOOD_SOFT, "fits") if payload["passes"] else (BAD, BAD_SOFT, "does not fit")
    )
    wide = 92 if payload["passes"] else 116
    x = WIDTH - RIGHT - wide
    yield Words(20, 34, clipped(payload["title"], x - 30, 17), size=17, is_bold=True)
    yield Box(x, 15, wide, 27, ground, color, 1, 13)
    yield Words(x + wide / 2, 33, verdict, color, 13, MIDDLE, is_bold=True)
    told = f"Loss: {db(payload['total_db'])} of {db(payload['limit_db'])} dB, {outcome(payload)}"
    yield Words(20, 58, told + _reach_told(payload), MUTED, 13)


def _marks(payload: Payload, axis: float) -> Iterator[Shape]:
    """The scale in dB, below the bars."""
    most = max(payload["limit_db"], payload["total_db"]) * HEADROOM
    step = next((step for step in STEPS if most / step <= MOST_MARKS), STEPS[-1])
    for number in range(int(most / step) + 1):
        x = _x(payload, number * step)
        yield Line(((x, BAR_TOP - 8), (x, axis)), HAIRLINE, 0.75)
        yield Words(x, axis + 16, f"{number * step:g}", MUTED, 11, MIDDLE)
    yield Words(20, axis + 16, "dB", MUTED, 11)


def _bars(payload: Payload) -> Iterator[Shape]:
    yield from _bar(payload, "loss_db", "Worst case", BAR_TOP)
    if _is_typical_known(payload):
        yield from _bar(payload, "typical_db", "Typical", BAR_TOP + BARS_APART)


def _bar(payload: Payload, figure: str, name: str, y: float) -> Iterator[Shape]:
    yield Words(20, y + BAR / 2 + 4, name, INK, 12, is_bold=figure == "loss_db")
    at = 0.0
    for number, part in enumerate(payload["parts"], start=1):
        x, end = _x(payload, at), _x(payload, at + part[figure])
        yield Box(x, y, max(end - x - 1, 0.5), BAR, _shade(number), radius=2)
        if end - x >= NARROWEST_NUMBERED:
            yield Words((x + end) / 2, y + BAR / 2 + 4, str(number), PAPER, 12, MIDDLE, True)
        at += part[figure]
    if figure == "loss_db":
        yield from _margin(payload, y)


def _margin(payload: Payload, y: float) -> Iterator[Shape]:
    """What is left up to the limit, or a frame around what is too much."""
    total, limit = _x(payload, payload["total_db"]), _x(payload, payload["limit_db"])
    if total > limit:
        yield Box(limit, y - 3, total - limit, BAR + 6, stroke=BAD, stroke_width=2)
        return
    yield Box(total, y, max(limit - total, 0.5), BAR, GOOD_SOFT)
    told = outcome(payload)
    if len(told) * 12 * LETTER < limit - total - 8:
        yield Words((total + limit) / 2, y + BAR / 2 + 4, told, GOOD, 12, MIDDLE)


def _limit(payload: Payload, axis: float) -> Iterator[Shape]:
    x, label = _x(payload, payload["limit_db"]), f"limit {db(payload['limit_db'])} dB"
    yield Line(((x, BAR_TOP - 14), (x, axis)), INK, 2.5)
    yield Words(min(x, WIDTH - RIGHT), BAR_TOP - 20, label, INK, 12, END, is_bold=True)


def _shade(number: int) -> str:
    return SHADES[(number - 1) % len(SHADES)]


def _table(payload: Payload, top: float) -> Iterator[Shape]:
    is_typical = _is_typical_known(payload)
    worst, typical = (WIDTH - 120, WIDTH - RIGHT) if is_typical else (WIDTH - RIGHT, 0)
    yield Words(worst, top - 8, "worst case", MUTED, 11, END)
    if is_typical:
        yield Words(typical, top - 8, "typical", MUTED, 11, END)
    for number, part in enumerate(payload["parts"], start=1):
        yield from _row(number, part, top + (number - 1) * ROW, worst, typical)
    yield from _sum(payload, top + len(payload["parts"]) * ROW, worst, typical)


def _row(number: int, part: Payload, y: float, worst: float, typical: float) -> Iterator[Shape]:
    yield Box(20, y + 2, 18, 18, _shade(number), radius=3)
    yield Words(29, y + 15.5, str(number), PAPER, 12, MIDDLE, is_bold=True)
    yield Words(46, y + 16, clipped(part["label"], worst - 46 - 70, 13), INK, 13)
    yield from _figures((part["loss_db"], part.get("typical_db")), y + 16, (worst, typical))


def _sum(payload: Payload, y: float, worst: float, typical: float) -> Iterator[Shape]:
    yield Box(20, y, WIDTH - 20 - RIGHT, ROW, SOFT)
    yield Words(46, y + 16, "Total", INK, 13, is_bold=True)
    figures = payload["total_db"], payload.get("typical_db")
    yield from _figures(figures, y + 16, (worst, typical), is_bold=True)


def _figures(
    figures: Sequence[float | None], y: float, places: Sequence[float], is_bold: bool = False
) -> Iterator[Shape]:
    for figure, x in zip(figures, places, strict=True):
        if x:
            told = "not known" if figure is None else f"{db(figure)} dB"
            yield Words(x, y, told, INK, 13, END, is_bold)
