"""How long one turn takes over REST: both assistants answer the same conversations in turn."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from dataclasses import dataclass

from benchmarks.figures import Row, turn_rows
from benchmarks.part import Bench, Result
from benchmarks.sides import Client, Side

CONVERSATIONS, QUICK_CONVERSATIONS = 200, 20
WARM_UP = 5  # conversations before those that count
SHARE = 1 / 5
ROUNDS_TOLD = 20


@dataclass(frozen=True)
class Turn:
    """One message of the visitor, what it is an example of ("": not measured), and the answer."""

    kind: str
    text: str
    answer: str  # pattern

    def is_answered_by(self, said: str) -> bool:
        """Whether this is the answer that was meant."""
        return re.search(self.answer, said, re.DOTALL) is not None


# Examples that both have learned, also in a quick run: what is measured is time, not understanding.
CONVERSATION = (
    Turn("", "hi", "fiber assistant"),
    Turn("answer", "what is an MPO connector?", "Multi-fiber Push-On"),
    Turn("comparison", "what's the difference between MTP and MPO?", "US Conec"),
    Turn("catalog search", "12 fiber OM4 MTP trunk type B 10 m", "INX-TRK-M4"),
    Turn("link budget", "is 120 m of OM3 ok for 40G SR4 w/ 4 elite connectors", "limit"),
    Turn("", "which one should I choose", "data rate"),
    Turn("form step", "I don't know", "re-polish|rework"),
)


# The encoder remembers texts, and a visitor's are new to it. Capitals and a dot leave the meaning.
CAPITALS = 6  # letters at the beginning that change their case
ENDINGS = ("", " .", " ...", " !", " ..", " !!", " ....", " .!", " !.", " ..!", " !..", " !!!",
           " ...!", " !...", " .....", " !!.")  # fmt: skip
WORDINGS = 2**CAPITALS * len(ENDINGS)
SPOKEN_FOR = 256  # of the wordings; those above are for long conversations


def worded(text: str, number: int) -> str:
    """The message as one of its WORDINGS; the same number gives the same one."""
    letters = [place for place, letter in enumerate(text) if letter.isalpha()][:CAPITALS]
    changed = {place for bit, place in enumerate(letters) if number >> bit & 1}
    characters = (c.swapcase() if place in changed else c for place, c in enumerate(text))
    return "".join(characters) + ENDINGS[(number >> CAPITALS) % len(ENDINGS)]


def measure(bench: Bench) -> Result:
    """Rows for every kind of turn."""
    rounds = bench.pick(CONVERSATIONS, QUICK_CONVERSATIONS)
    sides = bench.pair()
    bench.say(f"{rounds} conversations with each, message by message in turn")
    before = [side.cpu_s() for side in sides]
    times, odd = _converse(bench, sides, rounds)
    used_s = [side.cpu_s() - then for side, then in zip(sides, before, strict=True)]
    rows: list[Row] = []
    for kind in (turn.kind for turn in CONVERSATION if turn.kind):
        ours, stock = (times[side.name, kind] for side in sides)
        rows += turn_rows(f"Turn: {kind}", ours, stock, SHARE)
    turns = (rounds + WARM_UP) * len(CONVERSATION)
    ours_ms, stock_ms = (seconds * 1_000 / turns for seconds in used_s)
    rows.append(Row("Processor time of a turn, mean", "ms", ours_ms, stock_ms, share=SHARE))
    return Result(rows, [f"{rounds} conversations each, {WARM_UP} before them to warm up.", *odd])


def _converse(
    bench: Bench, sides: tuple[Side, Side], rounds: int
) -> tuple[dict[tuple[str, str], list[float]], list[str]]:
    """Milliseconds by side and kind, and which turns were answered otherwise than meant."""
    clients = {side.name: Client(side.port) for side in sides}
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    otherwise: dict[tuple[str, str], int] = defaultdict(int)
    for number in range(-WARM_UP, rounds):
        sender = uuid.uuid4().hex
        order = list(clients.items()) if number % 2 else list(reversed(clients.items()))
        for turn in CONVERSATION:
            for name, client in order:
                said, took_ms = client.say(sender, worded(turn.text, number))
                if number >= 0 and turn.kind:
                    times[name, turn.kind].append(took_ms)
                    otherwise[name, turn.kind] += not turn.is_answered_by(said)
        if number >= 0 and (number + 1) % ROUNDS_TOLD == 0:
            bench.say(f"{number + 1} of {rounds} conversations")
    return times, [
        f"{name} answered {count} of {rounds} turns “{kind}” otherwise than meant."
        for (name, kind), count in sorted(otherwise.items())
        if count
    ]
