"""Takes benchmarks/catalog_search.py into the run: catalogs of growing size on both databases."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from benchmarks.figures import Row, percentile
from benchmarks.part import Bench, Result, run_module

SIZES, QUICK_SIZES = (1_000, 10_000, 100_000, 1_000_000), (1_000,)
ROUNDS, QUICK_ROUNDS = 60, 5
GOAL_SIZE = f"{100_000:,}"
MOST_MS = 10
WHOLE = "catalog_search.md has every search, and the query plans stand beside it."


def measure(bench: Bench) -> Result:
    """One row for each catalog: the 95th percentile of its slowest kind of search."""
    bench.stop_pair()
    sizes = QUICK_SIZES if bench.is_quick else SIZES
    rounds = bench.pick(ROUNDS, QUICK_ROUNDS)
    words = ["--sizes", *map(str, sizes), "--rounds", str(rounds), "--results", str(bench.results)]
    run_module("benchmarks.catalog_search", words, bench.say)
    text = (bench.results / "catalog_search.json").read_text(encoding="utf-8")
    return Result(rows(json.loads(text)), [f"{rounds} of each kind of search; {WHOLE}"])


def rows(samples: Mapping[str, Sequence[tuple[float, float]]]) -> list[Row]:
    """From milliseconds by "<catalog> | <search>", as one waits and of the processors."""
    slowest: dict[str, tuple[float, str]] = defaultdict(lambda: (0.0, ""))
    for name, taken in samples.items():
        catalog, _, search = name.partition(" | ")
        p95 = percentile([waited for waited, _ in taken], 95)
        slowest[catalog] = max(slowest[catalog], (p95, search))
    return [
        Row(
            f"Catalog search, {catalog} products, p95 of the slowest kind", "ms", p95,
            most=MOST_MS if catalog.endswith(GOAL_SIZE) else None, note=search,
        )
        for catalog, (p95, search) in slowest.items()
    ]  # fmt: skip
