"""Public intent data sets, read from a folder of their own; never used to train the assistant."""

from __future__ import annotations

import csv
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sales.settings import PROJECT

DEFAULT_FOLDER = PROJECT.parent / "shared" / "benchmarks"
CLINC = Path("clinc150") / "data_small.json"
BANKING = Path("banking77")

Example = tuple[str, str]  # text, intent


@dataclass(frozen=True)
class DataSet:
    """What to learn from, what to ask, and (for some) what no intent covers."""

    name: str
    train: Sequence[Example]
    test: Sequence[Example]
    out_of_scope: Sequence[str] = ()


def folder_of_data_sets(chosen: Path | None) -> Path:
    """The option, else BENCHMARKS_DIR, else ../shared/benchmarks beside the project."""
    return chosen or Path(os.environ.get("BENCHMARKS_DIR") or DEFAULT_FOLDER)


def missing_files(folder: Path) -> list[Path]:
    """The files of the data sets that are not in `folder`."""
    wanted = (CLINC, BANKING / "train.csv", BANKING / "test.csv")
    return [folder / name for name in wanted if not (folder / name).is_file()]


def read_clinc(folder: Path) -> DataSet:
    """CLINC150, small: 150 intents, 50 examples each; its out-of-scope training part is unused."""
    parts = json.loads((folder / CLINC).read_text(encoding="utf-8"))
    return DataSet(
        "CLINC150 small",
        [(text, intent) for text, intent in parts["train"]],
        [(text, intent) for text, intent in parts["test"]],
        [text for text, _ in parts["oos_test"]],
    )


def read_banking(folder: Path) -> DataSet:
    """BANKING77: 77 intents of one bank, 10,003 examples."""
    return DataSet(
        "BANKING77",
        _read_csv(folder / BANKING / "train.csv"),
        _read_csv(folder / BANKING / "test.csv"),
    )


def draw(data: DataSet, shots: int, seed: int, intents: int | None = None) -> DataSet:
    """The data set with `shots` examples per intent, drawn at random; of some intents only."""
    chance = np.random.default_rng(seed)
    by_intent: dict[str, list[str]] = defaultdict(list)
    for text, intent in data.train:
        by_intent[intent].append(text)
    names = sorted(by_intent)
    if intents is not None:
        names = sorted(chance.choice(names, intents, replace=False).tolist())
    train = [
        (str(text), name)
        for name in names
        for text in chance.choice(by_intent[name], shots, replace=False)
    ]
    test = [(text, intent) for text, intent in data.test if intent in set(names)]
    size = f"{len(names)} intents, {shots} examples each"
    return DataSet(f"{data.name}, {size}", train, test, data.out_of_scope)


def _read_csv(path: Path) -> list[Example]:
    with path.open(encoding="utf-8", newline="") as file:
        rows: Iterable[dict[str, str]] = csv.DictReader(file)
        return [(row["text"], row["category"]) for row in rows]
