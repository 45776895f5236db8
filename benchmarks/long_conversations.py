"""What a turn costs late in a long conversation, against early in it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from itertools import cycle, islice
from statistics import median

from benchmarks.figures import Row
from benchmarks.part import Bench, Result
from benchmarks.sides import Client, Side
from benchmarks.turns import SPOKEN_FOR, WORDINGS, worded

TURNS = 500
TURNS_TOLD = 100
CONVERSATIONS, QUICK_CONVERSATIONS = 3, 1
MOST_TIMES = 1.5
# Turn n is compared with turn 5, so both are of one kind: the cycle has five messages, and every
# window of five turns has each of them once.
CYCLE = (
    "12 fiber OM4 MTP trunk type B 10 m",
    "what is an MPO connector?",
    "what's the difference between MTP and MPO?",
    "hi",
    "is 120 m of OM3 ok for 40G SR4 w/ 4 elite connectors",
)
WINDOW = len(CYCLE)
EARLY, MIDDLE, LATE = 5, 100, 500
TurnTimes = dict[int, list[float]]  # turn -> milliseconds, one per conversation


def measure(bench: Bench) -> Result:
    """Rows: turns 5, 100 and 500, and the last against the first."""
    conversations = bench.pick(CONVERSATIONS, QUICK_CONVERSATIONS)
    sides = bench.pair()
    times: dict[str, TurnTimes] = {side.name: defaultdict(list) for side in sides}
    for number in range(1, conversations + 1):
        bench.say(f"conversation {number} of {conversations}, {TURNS} turns with each")
        _converse(bench, sides, times, number)
    ours, stock = (times[side.name] for side in sides)
    rows = [
        Row(f"Turn {turn}", "ms", around(ours, turn), around(stock, turn))
        for turn in (EARLY, MIDDLE, LATE)
    ]
    rows.append(
        Row(
            f"Turn {LATE} against turn {EARLY}",
            "times",
            slower(ours),
            slower(stock),
            most=MOST_TIMES,
        )
    )
    note = (
        f"Turn n of a conversation: median of the {WINDOW} turns around it, which are of "
        f"{WINDOW} kinds, in {conversations} conversation(s)."
    )
    curves = {f"turn n, {name}": _curve(found) for name, found in times.items()}
    return Result(rows, [note], curves)


def around(times: TurnTimes, turn: int) -> float:
    """Median of the window with this turn in it: one of each kind of message."""
    last = min(turn + WINDOW // 2, max(times))
    return median(ms for n in range(last - WINDOW + 1, last + 1) for ms in times[n])


def slower(times: TurnTimes) -> float:
    """How many times longer the late turn takes."""
    return around(times, LATE) / around(times, EARLY)


def _converse(
    bench: Bench, sides: tuple[Side, Side], times: dict[str, TurnTimes], number: int
) -> None:
    clients = {side.name: Client(side.port) for side in sides}
    sender = uuid.uuid4().hex
    before = (number - 1) * TURNS
    for turn, text in enumerate(islice(cycle(CYCLE), TURNS), start=1):
        words = worded(text, SPOKEN_FOR + (before + turn) % (WORDINGS - SPOKEN_FOR))
        for name, client in clients.items():
            times[name][turn].append(client.say(sender, words)[1])
        if turn % TURNS_TOLD == 0:
            bench.say(f"{turn} of {TURNS} turns")


def _curve(times: TurnTimes) -> list[tuple[float, float]]:
    """The curve to draw: every tenth turn."""
    return [(float(n), around(times, n)) for n in range(EARLY, max(times) + 1, 2 * WINDOW)]
