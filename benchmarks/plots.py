"""The figures as a picture: told apart by pattern and line as well as by color, and as a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.figures import shown
from benchmarks.report import Measured
from benchmarks.sides import OURS, STOCK

PANEL_INCHES = (4.4, 3.4)
DPI = 110
BAR = 0.38


@dataclass(frozen=True)
class Look:
    """How one side is drawn; readable in grey as well."""

    label: str
    color: str
    line: str
    hatch: str


LOOKS = {
    OURS: Look("this project", "#0b5cad", "-", ""),
    STOCK: Look("stock Rasa", "#f2b340", "--", "///"),
}


def draw(parts: Sequence[Measured], file: Path) -> str:
    """Draw what these parts have to show; returns the text for those who do not see it.

    "" when there is nothing to draw.
    """
    panels = [(PANELS[part.name], part) for part in parts if part.name in PANELS]
    if not panels:
        return ""
    width, height = PANEL_INCHES
    figure = Figure(figsize=(width * len(panels), height), layout="constrained")
    for axes, (panel, part) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels,
                                   strict=True):  # fmt: skip
        panel(axes, part)
        axes.spines[["top", "right"]].set_visible(False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=DPI)
    return " ".join(_in_words(part) for _, part in panels)


def _turns(axes: Any, part: Measured) -> None:
    rows = [row for row in part.rows if row.what.endswith("p50")]
    for place, (name, look) in enumerate(LOOKS.items()):
        values = [row.ours if name == OURS else row.stock or 0 for row in rows]
        heights = [n + (place - 0.5) * BAR for n in range(len(rows))]
        bars = axes.barh(
            heights, values, BAR, label=look.label, color=look.color, hatch=look.hatch,
            edgecolor="#222222",
        )  # fmt: skip
        axes.bar_label(bars, [shown(value) for value in values], padding=2, fontsize=8)
    names = [row.what.removeprefix("Turn: ").removesuffix(", p50") for row in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set(title="One turn, median", xlabel="milliseconds")
    axes.legend(fontsize=8)


def _long_conversations(axes: Any, part: Measured) -> None:
    _lines(axes, part, "turn n, ")
    axes.set(title="Long conversations", xlabel="turn of the conversation", ylabel="milliseconds")


def _memory(axes: Any, part: Measured) -> None:
    _lines(axes, part, "memory, ")
    axes.set(title="Memory", xlabel="turns answered", ylabel="megabytes")


def _lines(axes: Any, part: Measured, prefix: str) -> None:
    for name, look in LOOKS.items():
        points = part.curves.get(prefix + name) or []
        x, y = [point[0] for point in points], [point[1] for point in points]
        axes.plot(x, y, look.line, color=look.color, label=look.label, linewidth=2)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)


def _in_words(part: Measured) -> str:
    rows = [row for row in part.rows if row.stock is not None and not row.what.endswith("p95")]
    figures = "; ".join(
        f"{row.what}: {shown(row.ours)} {row.unit} against {shown(row.stock or 0)} {row.unit}"
        for row in rows
    )
    return f"{part.title}, this project against stock Rasa: {figures}."


PANELS: dict[str, Callable[[Any, Measured], None]] = {
    "turns": _turns,
    "long_conversations": _long_conversations,
    "memory": _memory,
}
