"""Measures what the assistant costs, beside the same assistant on stock Rasa, in one run.

`make bench` (OPTIONS="--quick", "--only turns,start", "--publish"). Each part writes its result
file as soon as it is done, and the report takes in every result file there is: a run that is
stopped loses nothing, and the rest can follow with --only.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from importlib import import_module
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.figures import shown
from benchmarks.machine import circumstances
from benchmarks.part import Bench, Result, new_bench
from sales.settings import PROJECT

RESULTS = PROJECT / "benchmarks" / "results"
PICTURE = "costs.png"
README_PICTURE = PROJECT / "docs" / "images" / PICTURE
BEGAN = time.monotonic()


@dataclass(frozen=True)
class Part:
    """A part of the benchmark: the module of this name measures it."""

    name: str
    title: str
    is_asked_for: bool = False  # only runs when it is named

    def measure(self, bench: Bench) -> Result:
        """Run it; the module is imported first now, as some take seconds to import."""
        function: Callable[[Bench], Result] = import_module(f"benchmarks.{self.name}").measure
        return function(bench)


PARTS = (
    Part("turns", "One turn over REST"),
    Part("long_conversations", "Long conversations"),
    Part("memory", "Memory"),
    Part("start", "Start"),
    Part("training", "Training"),
    Part("catalog", "Catalog search"),
    Part("visitors", "Many visitors at once", is_asked_for=True),
    Part("install", "Install on a fresh clone", is_asked_for=True),
)


def main() -> int:
    """0 when every part ran, whether or not a goal is met: this measures, it does not guard."""
    options = _options()
    wanted = chosen(options.only)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    failed = []
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        prepare_assistant()
        with new_bench(options.quick, say, options.results) as bench:
            failed = [part.name for part in wanted if not run(part, bench, options.results)]
    except KeyboardInterrupt:
        print("\nStopped; what was measured is kept.", file=sys.stderr)
        failed = ["the rest"]
    try:
        _tell(options.results, options.publish)
    except BenchmarkError as error:
        raise SystemExit(str(error)) from error
    if failed:
        print(f"Not measured: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def chosen(only: str) -> list[Part]:
    """The parts to run: the named ones, or all that need not be asked for."""
    names = [name.strip() for name in only.split(",") if name.strip()]
    known = {part.name: part for part in PARTS}
    for name in names:
        if name not in known:
            raise SystemExit(f"There is no part {name!r}; there are {', '.join(known)}.")
    return [known[n] for n in names] or [part for part in PARTS if not part.is_asked_for]


def prepare_assistant() -> None:
    """Encoder, widget and model as they are now; training is not part of a start."""
    from bot.preparation import PreparationError, prepare
    from sales.settings import Settings, SettingsError

    try:
        prepare(Settings.from_env(), say)
    except (PreparationError, SettingsError) as error:
        raise SystemExit(f"The assistant could not be prepared. {error}") from error


def run(part: Part, bench: Bench, folder: Path) -> bool:
    """Measure one part and keep its result; False, with the reason told, when it cannot."""
    from benchmarks.report import write_part

    facts = circumstances()
    say(f"-- {part.title}")
    try:
        result = part.measure(bench)
    except (BenchmarkError, OSError, HTTPException) as error:
        bench.stop_pair()  # the next part begins with assistants that work
        print(f"{part.title} was not measured: {error}", file=sys.stderr)
        return False
    write_part(folder, part.name, part.title, result, facts, bench.is_quick)
    for row in result.rows:
        beside = "" if row.stock is None else f", stock {shown(row.stock)} {row.unit}"
        say(f"{row.what}: {shown(row.ours)} {row.unit}{beside} {row.verdict}")
    return True


def _interrupt(_number: int, _frame: object) -> None:
    """A run that is ended stops the assistants that it started, as with Ctrl-C."""
    raise KeyboardInterrupt


def _tell(folder: Path, is_published: bool) -> None:
    from benchmarks import plots, report

    parts = report.read_parts(folder, [part.name for part in PARTS])
    if not parts:
        return
    (folder / "bench.md").write_text(report.page(parts), encoding="utf-8")
    words = plots.draw(parts, folder / PICTURE)
    if is_published:
        plots.draw(parts, README_PICTURE)
        picture = f"![{words}]({README_PICTURE.relative_to(PROJECT)})\n\n" if words else ""
        report.publish(picture + report.short_table(parts))
    print(report.short_table(parts))
    print(f"Everything: {folder / 'bench.md'}")


def say(line: str) -> None:
    """A line of progress, with the seconds since the start."""
    print(f"{time.monotonic() - BEGAN:6.0f} s  {line}", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few samples: to try it out")
    names = ", ".join(part.name for part in PARTS)
    parser.add_argument("--only", default="", help=f"some parts, with commas: {names}")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--publish", action="store_true", help="also into README")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
