"""Measures an import of a large file beside visitors who search and write at the same time.

    .venv/bin/python -m benchmarks.catalog_import [--rows 100000] [--databases sqlite postgresql]

The file is brought in as the desk does it: by `desk.catalog.import_run`, in a process of its own
with low priority. Writes benchmarks/results/catalog_import.md.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from benchmarks.catalog_search import DATABASES, RESULTS, p95, postgresql_server
from benchmarks.large_catalogs import large_catalog
from sales.catalog.nearest import nearest_products
from sales.catalog.rows import COLUMNS, to_cells
from sales.catalog.store import ProductQuery
from sales.database import open_engine, transaction
from sales.feedback.tables import answer_feedback
from sales.migrate import upgrade_database
from sales.settings import PROJECT

ROWS = 100_000
PAUSE_S = 0.05  # between one visitor and the next
TRUNK = ProductQuery(family="TRK", fiber="OM4", fibers=12, polarity="B", length_m=30.0)


@dataclass
class Beside:
    """What visitors waited while the import ran, in milliseconds."""

    searches: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    peak_mb: float = 0.0  # of the importing process


def catalog_file(rows: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(to_cells(product) for product in large_catalog(rows))
    return text.getvalue().encode()


def measured_import(url: str, content: Path, name: str) -> Iterator[str]:
    """Lines of the table: the first import, all new, and the second, all changed."""
    upgrade_database(url)
    engine, numbers = open_engine(url), count()
    for what in ("all new", "all there already"):
        began = time.perf_counter()
        with content.open("rb") as file:
            running = subprocess.Popen(  # our own module with fixed words
                [sys.executable, "-m", "desk.catalog.import_run", "", ""],
                stdin=file,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "DATABASE_URL": url},
                cwd=PROJECT,
            )
            beside = _visitors(engine, running, numbers)
        taken = time.perf_counter() - began
        if running.returncode:
            raise SystemExit(f"The import into {name} failed.")
        cells = (
            f"{name}, {what}",
            f"{taken:.0f} s",
            f"{beside.peak_mb:.0f} MB",
            _figures(beside.searches),
            _figures(beside.writes),
            f"{len(beside.failures)} failed",
        )
        yield f"| {' | '.join(cells)} |"


def _visitors(engine: Engine, running: subprocess.Popen[bytes], numbers: Iterator[int]) -> Beside:
    beside = Beside()
    while running.poll() is None:
        try:
            began = time.perf_counter()
            with transaction(engine) as session:
                nearest_products(session, TRUNK, 3)
            searched = time.perf_counter()
            _write(engine, next(numbers))
            beside.searches.append((searched - began) * 1_000)
            beside.writes.append((time.perf_counter() - searched) * 1_000)
        except sa.exc.DBAPIError as error:
            beside.failures.append(str(error.orig))
        beside.peak_mb = max(beside.peak_mb, _peak_mb(running.pid))
        time.sleep(PAUSE_S)
    return beside


def _peak_mb(pid: int) -> float:
    """The most memory that a process has had so far; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def _write(engine: Engine, number: int) -> None:
    """A thumb up, as small a write as a visitor makes."""
    row = {"conversation_id": "benchmark", "message": number, "value": "up", "at": _now()}
    with transaction(engine) as session:
        session.execute(sa.insert(answer_feedback).values(**row))


def _now() -> datetime:
    return datetime.now(UTC)


def _figures(taken: list[float]) -> str:
    return f"{median(taken):.1f} / {p95(taken):.1f} / {max(taken):.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="import"))
    try:
        file = folder / "catalog.csv"
        file.write_bytes(catalog_file(asked.rows))
        lines = [
            f"Import of {asked.rows:,} rows ({file.stat().st_size / 1e6:.0f} MB); milliseconds of "
            "a search and of a write beside it, p50 / p95 / worst.",
            "",
            "| import | took | memory | search | write | |",
            "|---|---|---|---|---|---|",
        ]
        if "sqlite" in asked.databases:
            lines += measured_import(f"sqlite:///{folder / 'import.db'}", file, "SQLite")
        if "postgresql" in asked.databases:
            with postgresql_server(folder / "pg") as server:
                lines += measured_import(server, file, "PostgreSQL")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    asked.results.mkdir(parents=True, exist_ok=True)
    text = "\n".join(lines) + "\n"
    (asked.results / "catalog_import.md").write_text(f"# Catalog import\n\n{text}")
    print(text)


if __name__ == "__main__":
    main()
