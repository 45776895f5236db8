"""The topics that the assistant knows: the intents of the project's training data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sales.settings import PROJECT

DATA = PROJECT / "data"
INTENT = re.compile(r"^\s*- intent: *[\"']?([\w/]+)", re.MULTILINE)


@dataclass(frozen=True)
class Topic:
    """An intent, or one answer of a file in data/faq."""

    name: str
    file: str  # where its examples are, such as data/faq/loss.yml

    @property
    def title(self) -> str:
        """ "faq/return_loss" is "return loss"."""
        return self.name.rpartition("/")[2].replace("_", " ")


def known_topics(data: Path = DATA) -> dict[str, Topic]:
    """Topics by name, in alphabetical order; those of today's files."""
    files = [data / "nlu.yml", *sorted((data / "faq").glob("*.yml"))]
    found = [
        Topic(name, f"data/{file.relative_to(data)}")
        for file in files
        if file.is_file()
        for name in _names(file, file.stat().st_mtime_ns)
    ]
    return {topic.name: topic for topic in sorted(found, key=lambda topic: topic.name)}


@lru_cache(maxsize=64)
def _names(file: Path, _changed_at: int) -> tuple[str, ...]:
    return tuple(INTENT.findall(file.read_text(encoding="utf-8")))
