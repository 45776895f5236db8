"""Measures the NLU components on public data sets, beside Rasa's default pipeline.

`make bench-nlu` (about five minutes on two cores). Writes benchmarks/results/nlu.md and nlu.json;
with --publish also the tables in benchmarks/NLU.md. Another folder of data sets: --data, or the
variable BENCHMARKS_DIR.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.data_sets import (
    DataSet,
    draw,
    folder_of_data_sets,
    missing_files,
    read_banking,
    read_clinc,
)
from bot.preparation import prepare_encoder
from sales.settings import PROJECT, Settings

if TYPE_CHECKING:
    from benchmarks.pipelines import Outcome

RESULTS = PROJECT / "benchmarks" / "results"
PUBLISHED = PROJECT / "benchmarks" / "NLU.md"
PACKAGES = ("rasa", "scikit-learn", "onnxruntime", "tokenizers", "numpy", "tensorflow-cpu")
KEPT = 0.95  # share of in-scope messages that a threshold must let through
SHOTS, DRAWS = 10, 5
SUBSET_INTENTS, SUBSET_SHOTS, SUBSET_SEED = 40, 10, 0  # what DIET learns in a few minutes
BEGAN = time.monotonic()
CLINC_RIGHT = "CLINC150 small, in scope right"


@dataclass(frozen=True)
class Figure:
    """One measured share, in per cent, beside its goal."""

    name: str
    percent: float
    goal: float
    spread: float | None = None  # standard deviation over the draws
    detail: str = ""

    @property
    def is_met(self) -> bool:
        return round(self.percent, 1) >= self.goal

    @property
    def verdict(self) -> str:
        if self.is_met:
            return "met"
        return f"missed by {self.goal - round(self.percent, 1):.1f}"


@dataclass(frozen=True)
class Beside:
    """One pipeline on the subset that both learn."""

    pipeline: str
    accuracy: float
    refused: float
    train_s: float
    parse_ms: float


def main() -> int:
    """0 also when a goal is missed: this measures, the tests guard."""
    options = _options()
    folder = folder_of_data_sets(options.data)
    missing = missing_files(folder)
    if missing:
        print(f"bench-nlu is skipped: {missing[0]} is missing. Name the folder with --data.")
        return 0
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    prepare_encoder(Settings.from_env(), say)
    figures = [*measure_clinc(read_clinc(folder)), *measure_banking(read_banking(folder))]
    beside = [] if options.without_default else measure_beside(read_clinc(folder))
    text = report(figures, beside)
    _write(figures, beside, text, options.results)
    if options.publish:
        publish(text)
    print(text)
    return 0


def measure_clinc(data: DataSet) -> list[Figure]:
    outcome = _own(data)
    timing = f"trained in {outcome.train_s:.0f} s, {outcome.parse_ms:.1f} ms per message"
    return [
        Figure(CLINC_RIGHT, outcome.accuracy * 100, 95.0, detail=timing),
        Figure(
            f"CLINC150 small, out of scope refused at {KEPT:.0%} kept",
            outcome.refused_at(KEPT) * 100,
            86.0,
            detail=f"{len(data.out_of_scope):,} messages out of scope",
        ),
    ]


def measure_banking(data: DataSet) -> list[Figure]:
    full = _own(data)
    few = [_own(draw(data, SHOTS, seed)).accuracy * 100 for seed in range(DRAWS)]
    timing = f"trained in {full.train_s:.0f} s, {full.parse_ms:.1f} ms per message"
    draws = ", ".join(f"{percent:.1f}" for percent in few)
    return [
        Figure("BANKING77, all examples", full.accuracy * 100, 93.0, detail=timing),
        Figure(
            f"BANKING77, {SHOTS} examples per intent",
            float(np.mean(few)),
            85.0,
            float(np.std(few)),
            f"{DRAWS} draws: {draws}",
        ),
    ]


def measure_beside(data: DataSet) -> list[Beside]:
    """Both pipelines on the same small part of CLINC150."""
    from benchmarks.pipelines import DEFAULT_PIPELINE, measure, own_pipeline

    subset = draw(data, SUBSET_SHOTS, SUBSET_SEED, SUBSET_INTENTS)
    found = []
    for name, pipeline in (("this project", own_pipeline()), ("Rasa default", DEFAULT_PIPELINE)):
        say(f"{name}: on {subset.name}")
        with tempfile.TemporaryDirectory() as folder:
            outcome = measure(pipeline, subset, Path(folder), say)
        refused = outcome.refused_at(KEPT) * 100
        found.append(
            Beside(name, outcome.accuracy * 100, refused, outcome.train_s, outcome.parse_ms)
        )
    return found


def _own(data: DataSet) -> Outcome:
    from benchmarks.pipelines import measure, own_pipeline

    with tempfile.TemporaryDirectory() as folder:
        return measure(own_pipeline(), data, Path(folder), say)


def report(figures: list[Figure], beside: list[Beside]) -> str:
    """Both tables and the machine, as Markdown."""
    lines = ["| measure | measured | goal | verdict | detail |", "|---|---|---|---|---|"]
    for figure in figures:
        spread = "" if figure.spread is None else f" ± {figure.spread:.1f}"
        lines.append(
            f"| {figure.name} | {figure.percent:.1f} %{spread} | {figure.goal:.1f} % "
            f"| {figure.verdict} | {figure.detail} |"
        )
    if beside:
        lines += [
            "",
            f"The same part of CLINC150 for both ({SUBSET_INTENTS} intents, {SUBSET_SHOTS} "
            "training examples each):",
            "",
        ]
        lines += [
            "| pipeline | in scope right | out of scope refused | training | per message |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {row.pipeline} | {row.accuracy:.1f} % | {row.refused:.1f} % "
            f"| {row.train_s:.0f} s | {row.parse_ms:.1f} ms |"
            for row in beside
        ]
    return "\n".join([*lines, "", _circumstances()]) + "\n"


def publish(text: str) -> None:
    """Replace what stands between the marks in benchmarks/NLU.md."""
    marks = ("<!-- last run -->", "<!-- end of last run -->")
    page = PUBLISHED.read_text(encoding="utf-8")
    pattern = re.compile(f"{marks[0]}.*{marks[1]}", re.DOTALL)
    PUBLISHED.write_text(pattern.sub(lambda _: f"{marks[0]}\n{text}{marks[1]}", page), "utf-8")


def say(line: str) -> None:
    """A line of progress, with the seconds since the start."""
    print(f"{time.monotonic() - BEGAN:6.0f} s  {line}", file=sys.stderr, flush=True)


def _write(figures: list[Figure], beside: list[Beside], text: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nlu.md").write_text(text, encoding="utf-8")
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "versions": _versions(),
        "figures": [
            {**asdict(figure), "is_met": figure.is_met, "verdict": figure.verdict}
            for figure in figures
        ],
        "beside_rasa_default": [asdict(row) for row in beside],
    }
    (folder / "nlu.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _circumstances() -> str:
    versions = ", ".join(f"{name} {number}" for name, number in _versions().items())
    return f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}; {versions}."


def _machine() -> str:
    model = platform.processor() or platform.machine()
    cpu_info = Path("/proc/cpuinfo")
    if cpu_info.is_file():
        named = re.search(r"model name\s*: (.+)", cpu_info.read_text())
        model = named.group(1) if named else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}"


def _versions() -> dict[str, str]:
    return {"Python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the NLU on public data sets.")
    parser.add_argument("--data", type=Path, help="folder with clinc150/ and banking77/")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--publish", action="store_true", help="also into benchmarks/NLU.md")
    parser.add_argument(
        "--without-default", action="store_true", help="leave out Rasa's default pipeline"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
