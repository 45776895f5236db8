"""Reads data/reference/facts/*.yml: single figures that answers name as {fact.<id>}.

A file may bring sources of its own; all facts may name them. The links, components and comparisons
know those of sources.yml only.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from sales.reference.files import (
    FACTS,
    REFERENCE_DIR,
    Entry,
    ReferenceFileError,
    checked_entries,
    read_map,
    read_sources,
    rows_of,
)
from sales.reference.values import Fact

GENERAL_KNOWLEDGE_SOURCE = "gk"


class FactEntry(Entry):
    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=58)
    title: str = Field(min_length=1)
    value: str = Field(min_length=1)
    unit: str
    confidence: Literal["confirmed", "secondary", "general-knowledge"]
    notes: str = ""

    @field_validator("value", mode="before")
    @classmethod
    def _is_quoted(cls, value: object) -> object:
        if isinstance(value, (int, float)):
            raise ValueError(
                f'write it in quotes, value: "{value}", so that it stays as it is said'
            )
        return value

    @model_validator(mode="after")
    def _was_seen_in_a_source(self) -> FactEntry:
        if self.confidence != "general-knowledge" and self.source == (GENERAL_KNOWLEDGE_SOURCE,):
            raise ValueError(f"confidence is {self.confidence}, but no source is named")
        return self

    def to_fact(self) -> Fact:
        return Fact(**self.model_dump(exclude={"source"}), sources=self.source)


class SourceEntry(Entry):
    id: str = Field(min_length=1, max_length=64)
    title: str = Field(min_length=1)
    source: tuple[str, ...] = ()  # a source needs none


def fact_files(folder: Path = REFERENCE_DIR) -> list[Path]:
    """The files of facts, by name; [] when there is none."""
    return sorted((folder / FACTS).glob("*.yml"))


def read_facts(folder: Path = REFERENCE_DIR) -> tuple[Fact, ...]:
    """Every fact, file by file, in each file's order. Raises ReferenceFileError."""
    sources = {**read_sources(folder), **read_fact_sources(folder)}
    seen: dict[str, str] = {}
    return tuple(
        entry.to_fact()
        for name, content in _contents(folder)
        for entry in checked_entries(
            name, rows_of(content, "facts", name), FactEntry, "id", sources, seen
        )
    )


def read_fact_sources(folder: Path = REFERENCE_DIR) -> dict[str, str]:
    """The sources that the files of facts add: id to title. Raises ReferenceFileError."""
    seen = dict.fromkeys(read_sources(folder), "sources.yml")
    return {
        entry.id: entry.title
        for name, content in _contents(folder)
        for entry in checked_entries(
            name, content.get("sources") or [], SourceEntry, "id", (), seen
        )
    }


def _contents(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in fact_files(folder):
        name, content = f"{FACTS}/{path.name}", read_map(path)
        unknown = sorted(set(content) - {"sources", "facts"})
        if unknown:
            raise ReferenceFileError(
                f"{name}: it may hold `sources` and `facts`, not {unknown[0]!r}."
            )
        yield name, content
