"""The result files of all parts, as one page of tables and as the short table in README."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.figures import Row, as_record, from_record, shown
from benchmarks.machine import told
from benchmarks.part import Result
from sales.settings import PROJECT

README = PROJECT / "README.md"
MARKS = ("<!-- figures -->", "<!-- end of figures -->")
HEAD = ("| what | ours | stock Rasa | ratio | goal | verdict |", "|---|---|---|---|---|---|")
WITHOUT_GOALS = ("install",)  # parts whose figures README shows all the same
QUICK = "a quick run: few samples, and stock Rasa learned a tenth of the examples"
COMPARED = (
    "Stock Rasa: the same domain, examples, rules, stories and custom actions with Rasa's default "
    "pipeline and policies, `rasa run` and `rasa run actions`, its SQL tracker store on SQLite and "
    "its REST channel. Our entity extractor is added to its pipeline (without it stock could not "
    "search a product), figures stand in its responses already, and `selective_domain` is on; all "
    "three are to its advantage. The model that is served learned for few epochs: how long a turn "
    "takes does not depend on them."
)


@dataclass(frozen=True)
class Measured:
    """One part as its result file has it."""

    name: str
    title: str
    rows: list[Row]
    notes: list[str]
    curves: dict[str, list[list[float]]]
    circumstances: dict[str, Any]
    is_quick: bool


def write_part(
    folder: Path, name: str, title: str, result: Result, facts: dict[str, Any], is_quick: bool
) -> None:
    """Keep what a part measured, at once: a run that is stopped later loses nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "part": name,
        "title": title,
        "is_quick": is_quick,
        "circumstances": facts,
        "rows": [as_record(row) for row in result.rows],
        "notes": list(result.notes),
        "curves": result.curves,
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def read_parts(folder: Path, names: Sequence[str]) -> list[Measured]:
    """The parts that have a result file, in this order."""
    found = [folder / f"{name}.json" for name in names]
    return [_read(path) for path in found if path.is_file()]


def _read(path: Path) -> Measured:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Measured(
            record["part"],
            record["title"],
            [from_record(row) for row in record["rows"]],
            record["notes"],
            record.get("curves", {}),
            record["circumstances"],
            record["is_quick"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BenchmarkError(
            f"{path} is not a result of a part ({error}). Delete it, and run that part again."
        ) from error


def page(parts: Sequence[Measured]) -> str:
    """Every figure, as Markdown."""
    lines = ["# What it costs, measured", "", COMPARED, ""]
    for part in parts:
        short = f" ({QUICK})" if part.is_quick else ""
        lines += [f"## {part.title}{short}", "", *table(part.rows), ""]
        lines += [f"- {note}" for note in part.notes]
        lines += [f"- {told(part.circumstances)}", ""]
    return "\n".join(lines)


def table(rows: Sequence[Row]) -> list[str]:
    """The lines of a Markdown table."""
    return [*HEAD, *(_line(row) for row in rows)]


def _line(row: Row) -> str:
    stock = "" if row.stock is None else f"{shown(row.stock)} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    ours = f"{shown(row.ours)} {row.unit}" + (f" ({row.note})" if row.note else "")
    return f"| {row.what} | {ours} | {stock} | {ratio} | {row.goal} | {row.verdict} |"


def short_table(parts: Sequence[Measured]) -> str:
    """For README: the figures that have a goal, what installing takes, and where it was."""
    rows = [row for part in parts for row in part.rows if row.goal or part.name in WITHOUT_GOALS]
    lines = table(rows)
    if parts:
        newest = max(parts, key=lambda part: str(part.circumstances["at"]))
        lines += ["", told(newest.circumstances)]
    if len({part.circumstances["commit"] for part in parts}) > 1:
        lines += ["", "The parts are of several runs; bench.md names the commit of each."]
    if any(part.is_quick for part in parts):
        quick = ", ".join(part.name for part in parts if part.is_quick)
        lines += ["", f"{quick}: {QUICK}."]
    return "\n".join(lines) + "\n"


def publish(text: str, readme: Path = README) -> None:
    """Replace what stands between the marks in README.

    Raises BenchmarkError when the marks are not there.
    """
    before = readme.read_text(encoding="utf-8")
    pattern = re.compile(f"{MARKS[0]}.*{MARKS[1]}", re.DOTALL)
    if not pattern.search(before):
        raise BenchmarkError(f"{readme.name} has no lines {MARKS[0]} and {MARKS[1]}; put them in.")
    after = pattern.sub(lambda _: f"{MARKS[0]}\n{text}{MARKS[1]}", before)
    readme.write_text(after, encoding="utf-8")
