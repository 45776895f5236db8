"""How long training takes: both on the same part of the examples, ours on all of them too."""

from __future__ import annotations

import resource
import shutil
import time
from pathlib import Path

from benchmarks import stock
from benchmarks.figures import Row
from benchmarks.part import Bench, Result
from sales.settings import PROJECT

EVERY, QUICK_EVERY = 30, 60  # of each topic's examples
SHARE = 1 / 2
Taken = tuple[float, float]  # seconds on the clock, and of processor time
INPUTS = ("config.yml", "domain.yml", "data")


def measure(bench: Bench) -> Result:
    """Rows: the same part of the examples with each side's own training, and ours on all."""
    bench.stop_pair()
    every = bench.pick(EVERY, QUICK_EVERY)
    examples, (ours, ours_cpu) = _train_ours(bench, every)
    epochs = stock.Epochs()
    bench.say(f"stock Rasa learns the same {examples:,} in {epochs.understanding} epochs")
    stock_s, stock_cpu = _train_stock(bench, every, epochs)
    what = f"Training on {examples:,} examples"
    rows = [
        Row(what, "s", ours, stock_s, share=SHARE),
        Row(f"{what}, processor time", "s", ours_cpu, stock_cpu),
    ]
    if not bench.is_quick:
        all_of_them, (on_all, _) = _train_ours(bench, 1)
        rows.append(Row(f"Training on all {all_of_them:,} examples", "s", on_all))
    return Result(
        rows,
        [
            f"Training: one of {every} examples of every topic, `rasa train` from nothing (no "
            "cache) with Rasa's own 100 epochs. All examples would take stock Rasa hours here."
        ],
    )


def _train_ours(bench: Bench, every: int) -> tuple[int, Taken]:
    """How many examples, and what they took."""
    folder = bench.folder / f"train-ours-{every}"
    folder.mkdir()
    for name in INPUTS:
        source = PROJECT / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, folder / name)
    examples = stock.thin_out(folder, every)
    bench.say(f"ours learns {examples:,} examples")
    return examples, _timed(folder)


def _train_stock(bench: Bench, every: int, epochs: stock.Epochs) -> Taken:
    folder = bench.folder / "train-stock"
    stock.write_project(folder, stock.default_config(epochs), bench.figures, every)
    return _timed(folder)


def _timed(folder: Path) -> Taken:
    began, used = time.perf_counter(), _cpu_s()
    stock.train(folder, lambda _: None)
    return time.perf_counter() - began, _cpu_s() - used


def _cpu_s() -> float:
    """Processor time of the programs that have been run and have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime
