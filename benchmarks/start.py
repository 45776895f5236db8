"""How long it takes from starting the process(es) to the first answer, trained and prepared."""

from __future__ import annotations

from statistics import median

from benchmarks.figures import Row
from benchmarks.part import Bench, Result
from benchmarks.sides import OURS, STOCK

STARTS, QUICK_STARTS = 5, 1
SHARE = 1 / 3
MOST_S = 8


def measure(bench: Bench) -> Result:
    """One row: the median over several starts of each, in turn."""
    bench.stop_pair()
    starts = bench.pick(STARTS, QUICK_STARTS)
    seconds: dict[str, list[float]] = {OURS: [], STOCK: []}
    used_s: dict[str, list[float]] = {OURS: [], STOCK: []}
    for number in range(1, starts + 1):
        for name, found in seconds.items():
            side = bench.new_side(name)
            try:
                found.append(side.start())
                used_s[name].append(side.cpu_s())
            finally:
                side.stop()
            bench.say(f"start {number} of {starts}, {name}: {found[-1]:.1f} s")
    ours, stock = median(seconds[OURS]), median(seconds[STOCK])
    each = "; ".join(
        f"{name}: " + ", ".join(f"{s:.1f}" for s in found) for name, found in seconds.items()
    )
    rows = [
        Row("Start to first answer", "s", ours, stock, share=SHARE, most=MOST_S),
        Row("Start, processor time", "s", median(used_s[OURS]), median(used_s[STOCK])),
    ]
    return Result(rows, [f"Seconds of each start: {each}. Stock's two processes start together."])
