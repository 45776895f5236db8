"""What every part of the benchmark gets, and what it hands back."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path

from benchmarks import stock
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Row
from benchmarks.sides import OURS, STOCK, Side, our_side, stock_side
from sales.settings import PROJECT, Settings

Say = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """What a part measured: rows of the table, what to know about them, and lines to draw."""

    rows: Sequence[Row]
    notes: Sequence[str] = ()
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


@dataclass
class Bench:
    """One run: how long it may take, where it keeps its files, and the prepared assistants."""

    is_quick: bool
    say: Say
    folder: Path
    results: Path  # where other programs of this folder may write
    _numbers: Iterator[int] = field(default_factory=count, repr=False)
    _pair: list[Side] = field(default_factory=list, repr=False)

    def pick(self, usual: int, quick: int) -> int:
        """How many of something, in a usual and in a quick run."""
        return quick if self.is_quick else usual

    @cached_property
    def database(self) -> Path:
        """A migrated SQLite database with the figures and the sample catalog, to be copied."""
        from bot.preparation import prepare_database

        file = self.folder / "prepared.db"
        settings = Settings.from_env({"DATABASE_URL": f"sqlite:///{file}"})
        prepare_database(settings, lambda _: None)
        _into_one_file(settings.database_url)
        return file

    @cached_property
    def figures(self) -> dict[str, str]:
        """The figures that responses name, out of the prepared database."""
        from sales.database import open_engine, transaction
        from sales.reference.store import all_figures

        with transaction(open_engine(f"sqlite:///{self.database}")) as session:
            return all_figures(session)

    @cached_property
    def stock_model(self) -> Path:
        """Stock Rasa's model of this assistant; trained the first time."""
        lesson = stock.QUICK if self.is_quick else stock.SERVED
        return stock.served_model(self.figures, lesson, self.say)

    def new_side(self, name: str) -> Side:
        """A stopped assistant with a fresh database: ours, or stock."""
        folder = self.folder / f"{name}-{next(self._numbers)}"
        if name == OURS:
            return our_side(folder, self.database)
        return stock_side(folder, self.database, self.stock_model)

    def pair(self, is_fresh: bool = False) -> tuple[Side, Side]:
        """Ours and stock, running; those of the part before unless they shall be fresh."""
        if is_fresh or not self._pair:
            self.stop_pair()
            self._pair = [self.new_side(OURS), self.new_side(STOCK)]
            for side in self._pair:
                self.say(f"{side.name} answers after {side.start():.1f} s")
        ours, stock_rasa = self._pair
        return ours, stock_rasa

    def stop_pair(self) -> None:
        """Nothing of this benchmark runs beside what is measured next."""
        for side in self._pair:
            side.stop()
        self._pair = []


@contextmanager
def new_bench(is_quick: bool, say: Say, results: Path) -> Iterator[Bench]:
    """A run in a temporary folder, which goes away with it."""
    folder = Path(tempfile.mkdtemp(prefix="bench"))
    bench = Bench(is_quick, say, folder, results)
    try:
        yield bench
    finally:
        bench.stop_pair()
        shutil.rmtree(folder, ignore_errors=True)


def run_module(name: str, words: Sequence[str], say: Say) -> None:
    """Run another program of this folder; what it prints is shown as it comes."""
    say(f"python -m {name} {' '.join(words)}")
    command = [sys.executable, "-m", name, *words]
    done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"{name} ended with {done.returncode}; the lines above say why.")


def _into_one_file(database_url: str) -> None:
    """Nothing is left in SQLite's journal, so that the file can be copied."""
    from sales.database import open_engine

    engine = open_engine(database_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
