"""Takes benchmarks/load.py into the run: many visitors at once over Socket.IO, on one process."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.figures import Row
from benchmarks.part import Bench, Result, run_module

MOST_P95_MS = 60  # with the usual visitors
LEAST_RATE, RATE_P95_MS = 120, 250
Phase = Mapping[str, Any]


def measure(bench: Bench) -> Result:
    """Rows: the usual visitors, and the most turns per second."""
    bench.stop_pair()
    words = ["--results", str(bench.results), *(["--quick"] if bench.is_quick else [])]
    run_module("benchmarks.load", words, bench.say)
    record = json.loads((bench.results / "load.json").read_text(encoding="utf-8"))
    return Result(
        rows(record["phases"]),
        [
            "Load: Locust plays the visitors on the same machine. load.md has every step, and what "
            "happens beyond the breaking point.",
        ],
    )


def rows(phases: Sequence[Phase]) -> list[Row]:
    """The first phase is the usual visitors; steps go up from there until one is not carried."""
    usual, carried = phases[0], [one["answered_per_s"] for one in phases if _is_carried(one)]
    failed = sum(usual["errors"].values())
    return [
        Row(
            f"{usual['visitors']} visitors at once, p95", "ms", usual["p95_ms"],
            most=MOST_P95_MS, note=f"{failed or 'no'} errors",
        ),
        Row(
            f"Most turns per second at p95 under {RATE_P95_MS} ms", "/s", max(carried, default=0),
            least=LEAST_RATE,
        ),
    ]  # fmt: skip


def _is_carried(phase: Phase) -> bool:
    is_step = str(phase["name"]).startswith("step")
    is_well = not phase["errors"] and not phase["refusals"]
    return is_step and is_well and phase["p95_ms"] <= RATE_P95_MS
