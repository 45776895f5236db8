"""A figure as PNG, for places that show pictures but no SVG."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from itertools import cycle, pairwise
from math import hypot
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from sales.figure import END, MIDDLE, PAPER, Area, Box, Dot, Figure, Line, Shape, Words

SCALE, FINER = 2, 2  # pixels of the picture for one of the figure; how much finer it is drawn
LARGEST = 40_000_000  # pixels to draw; a larger figure is drawn more coarsely
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Place = tuple[float, float]


def png_of(figure: Figure) -> bytes:
    """The picture, on paper white. Takes some 0.1 s: call it in a thread."""
    scale = SCALE * FINER
    while scale > 1 and figure.width * figure.height * scale**2 > LARGEST:
        scale -= 1
    size = round(figure.width * scale), round(figure.height * scale)
    image = Image.new("RGB", size, PAPER)
    pen = Pen(ImageDraw.Draw(image), scale)
    for shape in figure.shapes:
        pen.draw(shape)
    if scale > SCALE:
        target = round(figure.width * SCALE), round(figure.height * SCALE)
        image = image.resize(target, Image.Resampling.LANCZOS)
    kept = BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


class Pen:
    """Draws shapes, `scale` times as large."""

    def __init__(self, draw: ImageDraw.ImageDraw, scale: float) -> None:
        self._draw, self._scale = draw, scale

    def draw(self, shape: Shape) -> None:
        match shape:
            case Box():
                self._box(shape)
            case Line():
                self._line(shape)
            case Area():
                self._draw.polygon([self._at(point) for point in shape.points], shape.fill)
            case Dot():
                self._dot(shape)
            case Words():
                self._words(shape)

    def _at(self, point: Place) -> Place:
        return point[0] * self._scale, point[1] * self._scale

    def _wide(self, width: float) -> int:
        return max(1, round(width * self._scale))

    def _box(self, box: Box) -> None:
        half = box.stroke_width / 2 if box.stroke else 0  # SVG's strokes lie on the edge
        corners = (
            *self._at((box.x - half, box.y - half)),
            *self._at((box.x + box.width + half, box.y + box.height + half)),
        )
        width = self._wide(box.stroke_width) if box.stroke else 0
        radius = min(box.radius, box.width / 2, box.height / 2) * self._scale
        self._draw.rounded_rectangle(corners, radius, box.fill or None, box.stroke or None, width)

    def _line(self, line: Line) -> None:
        width = self._wide(line.width)
        points = [self._at(point) for point in line.points]
        if line.dash:
            for stroke in dashes(points, [length * self._scale for length in line.dash]):
                self._draw.line(stroke, line.stroke, width)
        else:
            self._draw.line(points, line.stroke, width, joint="curve")

    def _dot(self, dot: Dot) -> None:
        outer = dot.radius + (0.5 if dot.stroke else 0)
        corners = (
            *self._at((dot.x - outer, dot.y - outer)),
            *self._at((dot.x + outer, dot.y + outer)),
        )
        self._draw.ellipse(corners, dot.fill, dot.stroke or None, self._wide(1))

    def _words(self, words: Words) -> None:
        anchor = {MIDDLE: "ms", END: "rs"}.get(words.anchor, "ls")
        font = font_of(words.size * self._scale, words.is_bold)
        text = words.text.replace("\n", " ")
        self._draw.text(self._at((words.x, words.y)), text, words.color, font, anchor=anchor)


def dashes(points: list[Place], lengths: list[float]) -> Iterator[tuple[Place, Place]]:
    """The strokes of a broken line. `lengths` are those of strokes and gaps, in turn."""
    turns = cycle([(length, n % 2 == 0) for n, length in enumerate(lengths)])
    left, is_stroke = next(turns)
    for (x, y), (to_x, to_y) in pairwise(points):
        whole, done = hypot(to_x - x, to_y - y), 0.0
        while done < whole:
            step = min(left, whole - done)
            start, end = done / whole, (done + step) / whole
            if is_stroke:
                yield (
                    (x + (to_x - x) * start, y + (to_y - y) * start),
                    (x + (to_x - x) * end, y + (to_y - y) * end),
                )
            done, left = done + step, left - step
            if left <= 0:
                left, is_stroke = next(turns)


@lru_cache(maxsize=64)
def font_of(size: float, is_bold: bool) -> Font:
    """DejaVu Sans, which matplotlib brings along; without it Pillow's own font."""
    file = _font_folder() / f"DejaVuSans{'-Bold' if is_bold else ''}.ttf"
    # DejaVu is wider than what browsers use for sans-serif, so it is set a little smaller.
    return ImageFont.truetype(file, size * 0.92) if file.exists() else ImageFont.load_default(size)


@lru_cache(maxsize=1)
def _font_folder() -> Path:
    found = importlib.util.find_spec("matplotlib")  # looked up, not imported: that takes a second
    place = Path(found.origin).parent if found and found.origin else Path()
    return place / "mpl-data" / "fonts" / "ttf"
