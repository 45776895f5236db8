"""Measured figures: statistics of samples, and rows that stand beside stock Rasa and a goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

SMALL = 10  # below it a figure is shown with one decimal more


def percentile(samples: Sequence[float], percent: float) -> float:
    """The value that `percent` of the samples do not exceed, interpolated between neighbours."""
    if not samples:
        raise ValueError("No samples: nothing was measured.")
    ordered = sorted(samples)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True)
class Row:
    """One figure of ours, beside stock Rasa's where it has one.

    `share` is the goal as a share of stock's figure, `most` and `least` as bounds on ours.
    """

    what: str
    unit: str
    ours: float
    stock: float | None = None
    share: float | None = None
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours as a share of stock's; None where there is nothing to divide by."""
        return self.ours / self.stock if self.stock else None

    @property
    def goal(self) -> str:
        parts = []
        if self.share is not None:
            parts.append(f"≤ 1/{1 / self.share:.0f} of stock")
        if self.most is not None:
            parts.append(f"≤ {self.most:g} {self.unit}")
        if self.least is not None:
            parts.append(f"≥ {self.least:g} {self.unit}")
        return " and ".join(parts)

    @property
    def verdict(self) -> str:
        """ "met", or what misses; "" without a goal, or where stock was not measured."""
        missed = []
        if self.share is not None and self.ratio is not None and self.ratio > self.share:
            missed.append(f"{self.ratio / self.share:.2f} times the goal")
        if self.most is not None and self.ours > self.most:
            missed.append(f"{shown(self.ours - self.most)} {self.unit} over")
        if self.least is not None and self.ours < self.least:
            missed.append(f"{shown(self.least - self.ours)} {self.unit} short")
        if missed:
            return "missed: " + ", ".join(missed)
        is_bound = self.most is not None or self.least is not None
        is_compared = self.share is not None and self.ratio is not None
        return "met" if is_bound or is_compared else ""


def shown(value: float) -> str:
    """The figure as tables have it: about three digits."""
    if value and abs(value) < SMALL / 10:
        return f"{value:.2f}"
    return f"{value:.1f}" if abs(value) < SMALL * SMALL else f"{value:,.0f}"


def turn_rows(
    what: str, ours_ms: Sequence[float], stock_ms: Sequence[float], share: float
) -> list[Row]:
    """Median (with the goal) and 95th percentile of the same turn on both sides."""
    return [
        Row(f"{what}, p50", "ms", median(ours_ms), median(stock_ms), share=share),
        Row(f"{what}, p95", "ms", percentile(ours_ms, 95), percentile(stock_ms, 95)),
    ]


def as_record(row: Row) -> dict[str, Any]:
    """The row as the result files keep it, with what follows from it for other readers."""
    return {
        "what": row.what,
        "unit": row.unit,
        "ours": row.ours,
        "stock": row.stock,
        "share": row.share,
        "most": row.most,
        "least": row.least,
        "note": row.note,
        "ratio": row.ratio,
        "verdict": row.verdict,
    }


def from_record(record: dict[str, Any]) -> Row:
    """A row as a result file has it."""
    names = ("what", "unit", "ours", "stock", "share", "most", "least", "note")
    return Row(**{name: record[name] for name in names if name in record})
