"""Draws columns per day as SVG. The picture is for the eye: the same numbers stand in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

WIDTH, HEIGHT = 640, 180
LEFT, RIGHT, TOP, BOTTOM = 34, 4, 8, 22  # room for the labels
STEPS = (2, 4, 10)  # their halves are whole numbers
MOST_LABELS = 8
GAP = 0.25  # of a column's place


@dataclass(frozen=True)
class Column:
    """One bar: where it stands and how high it is, in the units of the picture."""

    x: float
    y: float
    width: float
    height: float
    title: str


def columns_per_day(days: Sequence[date], counts: Sequence[int], what: str) -> Markup:
    """An SVG with a column for each day. `what` is said of it: "Conversations per day"."""
    top = nice_top(max(counts, default=0))
    parts = [*_grid(top), *map(_drawn, _columns(days, counts, top)), *_day_labels(days)]
    total, most = sum(counts), max(counts, default=0)
    told = f"{what}: {total:,} in {len(days)} days, at most {most:,} on one day."
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, told, Markup("").join(parts))


def nice_top(highest: int) -> int:
    """The end of the scale: the next of 2, 4, 10, 20, 40, 100, and so on."""
    unit = 1
    while True:
        for step in STEPS:
            if step * unit >= highest:
                return step * unit
        unit *= 10


def _columns(days: Sequence[date], counts: Sequence[int], top: int) -> list[Column]:
    place = (WIDTH - LEFT - RIGHT) / max(len(days), 1)
    room = HEIGHT - TOP - BOTTOM
    return [
        Column(
            x=LEFT + number * place + place * GAP / 2,
            y=TOP + room * (1 - count / top),
            width=place * (1 - GAP),
            height=room * count / top,
            title=f"{day:%b %-d}: {count:,}",
        )
        for number, (day, count) in enumerate(zip(days, counts, strict=True))
    ]


def _drawn(column: Column) -> Markup:
    return Markup(
        '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
        "<title>{}</title></rect>"
    ).format(column.x, column.y, column.width, column.height, column.title)


def _grid(top: int) -> list[Markup]:
    """Lines at nothing, half and the top, with their numbers."""
    room = HEIGHT - TOP - BOTTOM
    lines = []
    for value in (0, top / 2, top):
        y = TOP + room * (1 - value / top)
        lines.append(
            Markup(
                '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
                '<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
            ).format(LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, f"{value:,g}")
        )
    return lines


def _day_labels(days: Sequence[date]) -> list[Markup]:
    place = (WIDTH - LEFT - RIGHT) / max(len(days), 1)
    every = -(-len(days) // MOST_LABELS)
    return [
        Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            LEFT + (number + 0.5) * place, HEIGHT - 5, f"{day:%b %-d}"
        )
        for number, day in enumerate(days)
        if number % every == every // 2
    ]
