"""Runs the importer; for a large file in a process of its own, so that visitors do not wait.

100,000 products take about 40 seconds of work. In this process that would hold up every answer of
the assistant, for up to a second and a half at a time (measured).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from sales.catalog.importer import ImportReport, Problem, import_products
from sales.database import open_engine
from sales.settings import PROJECT, Settings

LARGE = 1_000_000  # bytes, about 1,700 products: half a second of work
MOST_PROBLEMS = 20_000
POLITE = 10  # lower priority than whoever serves visitors


def run_import(settings: Settings, content: bytes, *, dry_run: bool, replace: bool) -> ImportReport:
    """What `import_products` reports of the file, with up to MOST_PROBLEMS problems."""
    if len(content) < LARGE:
        return _import(settings.database_url, content, dry_run=dry_run, replace=replace)
    done = subprocess.run(  # noqa: S603  # our own module with fixed words
        [sys.executable, "-m", __name__, "dry_run" * dry_run, "replace" * replace],
        input=content,
        stdout=subprocess.PIPE,
        env={**os.environ, "DATABASE_URL": settings.database_url},
        cwd=PROJECT,
        check=True,
    )
    return report_from(json.loads(done.stdout))


def report_from(facts: dict[str, Any]) -> ImportReport:
    """The report that `dataclasses.asdict` and JSON made of one."""
    problems = tuple(Problem(**problem) for problem in facts["problems"])
    return ImportReport(**{**facts, "problems": problems})


def _import(database_url: str, content: bytes, *, dry_run: bool, replace: bool) -> ImportReport:
    return import_products(
        open_engine(database_url),
        content,
        dry_run=dry_run,
        replace=replace,
        most_problems=MOST_PROBLEMS,
    )


def main() -> None:
    """The other process: a file comes in, a report goes out."""
    os.nice(POLITE)
    dry_run, replace = map(bool, sys.argv[1:3])
    url = os.environ["DATABASE_URL"]
    report = _import(url, sys.stdin.buffer.read(), dry_run=dry_run, replace=replace)
    print(json.dumps(asdict(report)))


if __name__ == "__main__":
    main()
