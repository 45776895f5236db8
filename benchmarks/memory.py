"""Resident memory of all processes of each side: after loading, and after many turns."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import count

from benchmarks.figures import Row
from benchmarks.part import Bench, Result
from benchmarks.sides import Client, Side
from benchmarks.turns import CONVERSATION, worded

TURNS, QUICK_TURNS = 10_000, 210
STOCK_EVERY = (
    10  # of our turns one is stock's as well: 10,000 of them would take a quarter of an hour
)
LOOKS = 20  # at the memory, spread over the turns
SHARE = 1 / 2
MOST_GROWTH_PERCENT = 5
Curve = list[tuple[float, float]]  # turns, megabytes


def measure(bench: Bench) -> Result:
    """Rows: after load, after all turns, and how much that is more."""
    turns = bench.pick(TURNS, QUICK_TURNS)
    sides = bench.pair(is_fresh=True)
    curves = {side.name: [(0.0, side.memory_mb())] for side in sides}
    bench.say(f"{turns:,} turns with ours, every {STOCK_EVERY}th with stock too")
    _talk(bench, sides, turns, curves)
    ours, stock = (curves[side.name] for side in sides)
    rows = [
        Row("Memory after load", "MB", ours[0][1], stock[0][1], share=SHARE),
        Row(f"Memory after {turns:,} turns", "MB", ours[-1][1], stock[-1][1], share=SHARE),
        Row(
            f"Growth over {turns:,} turns", "%", growth(ours), growth(stock),
            most=MOST_GROWTH_PERCENT,
        ),
    ]  # fmt: skip
    first, later = ours[1], ours[-1]
    note = (
        "Memory: resident, all processes of a side added up, in conversations of seven turns "
        f"(stock Rasa has one turn for {STOCK_EVERY} of ours). "
        f"Ours after {first[0]:,.0f} turns: {first[1]:,.0f} MB, after {later[0]:,.0f}: "
        f"{later[1]:,.0f} MB."
    )
    return Result(rows, [note], {f"memory, {name}": curve for name, curve in curves.items()})


def growth(curve: Curve) -> float:
    """Per cent that the last figure is above the first."""
    return (curve[-1][1] / curve[0][1] - 1) * 100


def messages() -> Iterator[tuple[str, str]]:
    """Sender and text without end: one conversation after another, each with a new visitor."""
    for number in count():
        sender = uuid.uuid4().hex
        yield from ((sender, worded(turn.text, -1 - number)) for turn in CONVERSATION)


def _talk(bench: Bench, sides: tuple[Side, Side], turns: int, curves: dict[str, Curve]) -> None:
    ours, stock = (Client(side.port) for side in sides)
    beside = messages()  # its own conversations, so that these are whole as well
    for number, (sender, text) in zip(range(1, turns + 1), messages(), strict=False):
        ours.say(sender, text)
        if number % STOCK_EVERY == 0:
            stock.say(*next(beside))
        if number % max(1, turns // LOOKS) == 0:
            for side in sides:
                curves[side.name].append((float(number), side.memory_mb()))
            told = ", ".join(f"{name} {curve[-1][1]:,.0f} MB" for name, curve in curves.items())
            bench.say(f"{number:,} of {turns:,} turns: {told}")
