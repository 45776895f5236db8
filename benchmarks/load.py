"""Many visitors at once on one process of the assistant, by Socket.IO as the widget speaks it.

    make bench-load                            about 12 minutes
    make bench-load OPTIONS=--quick            about 3 minutes

First 200 visitors who say something every 5 seconds, for 5 minutes. Then more and more visitors,
every 2 seconds each, until the 95th percentile passes 250 ms; then twice as many as that, and the
first step again, to see what is left of it. Locust plays the visitors (benchmarks/load_visitors.py)
on the same machine: on two cores it takes part of what the server could have.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from tests.integration.server import Server

RESULTS = Path(__file__).parent / "results"
PLAYER = Path(".venv-load/bin/python")
GOAL_P95_MS, GOAL_VISITORS = 60.0, 200
GOAL_RATE, MOST_P95_MS = 120.0, 250.0
RATES = (20, 40, 60, 80, 90, 100, 110, 120, 140, 160, 180, 200, 240, 280)  # turns asked for /s
STEP_EVERY_S = 2.0
UNLIMITED = {  # all visitors come from one address here
    "MESSAGE_BURST": "100000",
    "MESSAGES_PER_MINUTE": "1000000",
    "SESSIONS_PER_HOUR": "1000000",
    "CONNECTIONS_PER_ADDRESS": "10000",
    "LOG_FORMAT": "json",
}


@dataclass(frozen=True)
class Phase:
    """So many visitors for so long."""

    name: str
    visitors: int
    every_s: float
    seconds: float

    @property
    def rate(self) -> float:
        """Turns per second that they ask for."""
        return self.visitors / self.every_s


@dataclass(frozen=True)
class Figures:
    """What the visitors of a phase met. Times count from the first sending of a message."""

    name: str
    visitors: int
    asked_per_s: float
    answered_per_s: float
    messages: int
    p50_ms: float
    p95_ms: float
    worst_ms: float
    refusals: int  # "too many visitors", each sent again later
    errors: dict[str, int] = field(default_factory=dict)
    player_late_p95_ms: float = 0.0  # how late Locust's own timers were
    server_cpu_percent: float = 0.0
    server_cpu_ms_per_turn: float = 0.0

    @property
    def is_within(self) -> bool:
        """Whether this rate was carried: quick enough, and nobody turned away."""
        return self.p95_ms <= MOST_P95_MS and not self.errors and not self.refusals


def play(phase: Phase, server: Server, player: Path) -> Figures:
    """Run the phase."""
    print(f"{phase.name}: {phase.visitors} visitors, {phase.rate:.0f} turns/s ...", flush=True)
    command = [
        str(player), "-m", "benchmarks.load_visitors", f"http://127.0.0.1:{server.port}",
        "--visitors", str(phase.visitors), "--every", str(phase.every_s),
        "--seconds", str(phase.seconds),
    ]  # fmt: skip
    turns_before, cpu_before, at = turns(server), cpu_s(server), datetime.now(UTC)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    took_s = (datetime.now(UTC) - at).total_seconds()
    used_s, answered = cpu_s(server) - cpu_before, turns(server) - turns_before
    return figures(phase, json.loads(done.stdout), used_s, took_s, answered)


def figures(
    phase: Phase, found: dict[str, Any], used_s: float, took_s: float, turns: float
) -> Figures:
    """The figures out of what the player wrote."""
    answered = sorted(one["ms"] for one in found["messages"] if one["outcome"] == "ok")
    errors = Counter(one["outcome"] for one in found["messages"] if one["outcome"] != "ok")
    if found["unanswered"]:
        errors["unanswered"] += found["unanswered"]
    return Figures(
        name=phase.name,
        visitors=phase.visitors,
        asked_per_s=round(phase.rate, 1),
        answered_per_s=round(len(answered) / phase.seconds, 1),
        messages=len(found["messages"]),
        p50_ms=percentile(answered, 50),
        p95_ms=percentile(answered, 95),
        worst_ms=percentile(answered, 100),
        refusals=sum(one["refusals"] for one in found["messages"]),
        errors=dict(errors),
        player_late_p95_ms=percentile(sorted(found["delays_ms"]), 95),
        server_cpu_percent=round(100 * used_s / took_s),
        server_cpu_ms_per_turn=round(1_000 * used_s / max(turns, 1), 2),
    )


def percentile(ordered: list[float], percent: float) -> float:
    """The smallest value that so many percent do not exceed; infinite when there is none."""
    if not ordered:
        return math.inf
    return round(ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)], 1)


def turns(server: Server) -> float:
    """Messages that the server has answered so far, by its own metrics."""
    text = requests.get(f"http://127.0.0.1:{server.port}/metrics", timeout=30).text
    lines = (line for line in text.splitlines() if line.startswith("fiberbot_turns_total"))
    return sum(float(line.split()[-1]) for line in lines if '"answered"' in line)


def cpu_s(server: Server) -> float:
    """Processor seconds of the server so far, all its threads."""
    process: Any = server.process
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(
    server: Server, player: Path, visitors: int, seconds: float, rates: tuple[int, ...]
) -> list[Figures]:
    """All phases, in their order."""
    step_s = max(seconds / 10, 8)
    found = [play(Phase("visitors", visitors, 5.0, seconds), server, player)]
    for rate in rates:
        found.append(play(_step(f"step {rate}", rate, step_s), server, player))
        if not found[-1].is_within:
            break
    found.append(play(_step("twice as many", 2 * rate, step_s), server, player))
    found.append(play(_step("recovery", rates[0], step_s), server, player))
    return found


def _step(name: str, rate: float, seconds: float) -> Phase:
    return Phase(name, round(rate * STEP_EVERY_S), STEP_EVERY_S, seconds)


def table(found: list[Figures], circumstances: dict[str, Any]) -> str:
    """The figures for people."""
    head = (
        "| phase | visitors | asked /s | answered /s | p50 ms | p95 ms | worst ms | asked to wait "
        "| errors | Locust late p95 ms | server CPU | CPU ms/turn |"
    )
    rows = [
        f"| {one.name} | {one.visitors} | {one.asked_per_s:g} | {one.answered_per_s:g} "
        f"| {one.p50_ms:g} | {one.p95_ms:g} | {one.worst_ms:g} | {one.refusals} "
        f"| {_errors(one)} | {one.player_late_p95_ms:g} | {one.server_cpu_percent:g} % "
        f"| {one.server_cpu_ms_per_turn:g} |"
        for one in found
    ]
    facts = ", ".join(f"{name} {value}" for name, value in circumstances.items())
    lines = ["# Load", "", facts, "", *verdicts(found), "", head, "|---" * 12 + "|", *rows]
    return "\n".join(lines) + "\n"


def verdicts(found: list[Figures]) -> list[str]:
    """The goals, met or missed."""
    first = found[0]
    is_met = first.visitors >= GOAL_VISITORS and first.p95_ms <= GOAL_P95_MS and not first.errors
    best = max((one for one in found if _is_step(one) and one.is_within), default=None,
               key=lambda one: one.answered_per_s)  # fmt: skip
    rate = best.answered_per_s if best else 0.0
    return [
        f"- {first.visitors} visitors, one message each 5 s: p95 {first.p95_ms:g} ms, "
        f"errors: {_errors(first)}; goal at most {GOAL_P95_MS:g} ms: {_met(is_met)}.",
        f"- Most turns per second at p95 under {MOST_P95_MS:g} ms with nobody asked to wait: "
        f"{rate:g}; goal {GOAL_RATE:g}: {_met(rate >= GOAL_RATE)}.",
        f"- After twice the breaking rate, at {found[-1].asked_per_s:g}/s again: "
        f"p95 {found[-1].p95_ms:g} ms, "
        f"before {next(one for one in found if _is_step(one)).p95_ms:g} ms.",
    ]


def _is_step(one: Figures) -> bool:
    return one.name.startswith("step")


def _errors(one: Figures) -> str:
    return ", ".join(f"{count} {name}" for name, count in one.errors.items()) or "none"


def _met(is_met: bool) -> str:
    return "met" if is_met else "missed"


def draw(found: list[Figures], file: Path) -> None:
    """Answered turns and waiting against the rate asked for."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    steps = [one for one in found if _is_step(one) or one.name == "twice as many"]
    rates = [one.asked_per_s for one in steps]
    figure, waits = pyplot.subplots(figsize=(7, 4))
    waits.plot(rates, [one.p50_ms for one in steps], "o-", label="p50")
    waits.plot(rates, [one.p95_ms for one in steps], "s-", label="p95")
    waits.axhline(MOST_P95_MS, linestyle=":", color="gray", label=f"{MOST_P95_MS:g} ms")
    waits.set(xlabel="turns per second asked for", ylabel="ms", yscale="log")
    answered = waits.twinx()
    answered.plot(rates, [one.answered_per_s for one in steps], "^--", color="green")
    answered.set_ylabel("answered per second (green)")
    waits.legend(loc="upper left")
    figure.tight_layout()
    figure.savefig(file, dpi=120)


def circumstances() -> dict[str, Any]:
    """When and where."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load before": round(os.getloadavg()[0], 2),
        "Python": platform.python_version(),
    }


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--visitors", type=int, default=GOAL_VISITORS)
    reader.add_argument("--seconds", type=float, default=300.0)
    reader.add_argument("--rates", default=",".join(map(str, RATES)), help="turns per second")
    reader.add_argument("--quick", action="store_true", help="30 seconds instead of 300")
    reader.add_argument("--player", type=Path, default=PLAYER, help="Python with Locust")
    reader.add_argument("--results", type=Path, default=RESULTS)
    asked = reader.parse_args()
    if not asked.player.exists():
        sys.exit(f"{asked.player} is missing; `make bench-load` installs Locust there.")
    where = circumstances()
    server = Server(Path(tempfile.mkdtemp()), UNLIMITED).start()
    try:
        seconds = 30.0 if asked.quick else asked.seconds
        rates = tuple(int(rate) for rate in asked.rates.split(","))
        found = measure(server, asked.player, asked.visitors, seconds, rates)
    finally:
        server.stop()
    asked.results.mkdir(exist_ok=True)
    record = {"circumstances": where, "phases": [asdict(one) for one in found]}
    (asked.results / "load.json").write_text(json.dumps(record, indent=1) + "\n")
    (asked.results / "load.md").write_text(table(found, where))
    draw(found, asked.results / "load.png")
    print(table(found, where))


if __name__ == "__main__":
    main()
