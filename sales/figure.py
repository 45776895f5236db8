"""A drawing as a list of plain shapes, and as accessible SVG; others make other formats of it.

Lengths are in pixels, from the upper left corner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

INK, MUTED, HAIRLINE, SOFT, PAPER = "#16202c", "#55606e", "#c3cad3", "#f1f4f7", "#ffffff"
GOOD, GOOD_SOFT, BAD, BAD_SOFT = "#116b3c", "#e4f4ea", "#b3202f", "#fcebec"
WARN, WARN_SOFT = "#7a4300", "#fff0d9"
START, MIDDLE, END = "start", "middle", "end"
LETTER = 0.62  # of the font size: how wide a letter is at most, on average, in common fonts
NOT_IN_XML = dict.fromkeys([*(n for n in range(32) if n not in (9, 10, 13)), 0xFFFE, 0xFFFF])
NOT_IN_XML |= dict.fromkeys(range(0xD800, 0xE000))  # halves of surrogate pairs


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    fill: str = ""
    stroke: str = ""
    stroke_width: float = 1
    radius: float = 0


@dataclass(frozen=True)
class Line:
    """Straight from point to point; `dash` has the lengths of strokes and gaps, in turn."""

    points: tuple[tuple[float, float], ...]
    stroke: str
    width: float = 1
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Area:
    points: tuple[tuple[float, float], ...]
    fill: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    radius: float
    fill: str
    stroke: str = ""


@dataclass(frozen=True)
class Words:
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    color: str = INK
    size: float = 12
    anchor: str = START
    is_bold: bool = False


Shape = Box | Line | Area | Dot | Words


@dataclass(frozen=True)
class Figure:
    """`title` names it, `description` tells in words all that it shows."""

    title: str
    description: str
    width: float
    height: float
    shapes: tuple[Shape, ...]


def svg_of(figure: Figure, id_prefix: str) -> str:
    """The figure as one SVG element; `id_prefix` keeps its ids apart from others on a page."""
    title, description = f"{id_prefix}-title", f"{id_prefix}-desc"
    size = f'width="{_number(figure.width)}" height="{_number(figure.height)}"'
    view = f"0 0 {_number(figure.width)} {_number(figure.height)}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{view}" {size}'
            f' aria-labelledby="{title} {description}" font-family="sans-serif">',
            f'<title id="{title}">{_escaped(figure.title)}</title>',
            f'<desc id="{description}">{_escaped(figure.description)}</desc>',
            f'<rect {size} fill="{PAPER}"/>',
            *map(_svg, figure.shapes),
            "</svg>",
        ]
    )


def _svg(shape: Shape) -> str:
    match shape:
        case Box():
            place = {"x": shape.x, "y": shape.y, "width": shape.width, "height": shape.height}
            look = {"rx": shape.radius, **_painted(shape.fill, shape.stroke, shape.stroke_width)}
            return _element("rect", {**place, **look})
        case Line():
            dash = " ".join(map(_number, shape.dash))
            look = {**_painted("", shape.stroke, shape.width), "stroke-dasharray": dash}
            return _element("polyline", {"points": _points(shape.points), **look})
        case Area():
            return _element("polygon", {"points": _points(shape.points), "fill": shape.fill})
        case Dot():
            place = {"cx": shape.x, "cy": shape.y, "r": shape.radius}
            return _element("circle", {**place, **_painted(shape.fill, shape.stroke, 1)})
        case Words():
            return _svg_text(shape)


def _svg_text(words: Words) -> str:
    look: dict[str, str | float] = {
        "x": words.x,
        "y": words.y,
        "fill": words.color,
        "font-size": words.size,
        "text-anchor": "" if words.anchor == START else words.anchor,
        "font-weight": "bold" if words.is_bold else "",
    }
    return f"<text{_attributes(look)}>{_escaped(words.text)}</text>"


def _painted(fill: str, stroke: str, width: float) -> dict[str, str | float]:
    line: dict[str, str | float] = {"stroke": stroke, "stroke-width": width} if stroke else {}
    return {"fill": fill or "none", **line}


def _element(name: str, attributes: dict[str, str | float]) -> str:
    return f"<{name}{_attributes(attributes)}/>"


def _attributes(attributes: dict[str, str | float]) -> str:
    told = ((name, _number(v) if not isinstance(v, str) else v) for name, v in attributes.items())
    return "".join(f' {name}="{_escaped(value)}"' for name, value in told if value)


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    return f"{round(value, 1):g}"


def _escaped(text: str) -> str:
    return escape(text.translate(NOT_IN_XML))


def clipped(text: str, width: float, size: float = 12) -> str:
    """The text, cut with an ellipsis where it is surely wider than `width`."""
    most = max(1, int(width / (size * LETTER)))
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
