"""Reads data/reference/*.yml: every entry checked, every error naming file, entry and field."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sales.reference.values import Comparison, Component, Link, LinkFiber, fiber_mode
from sales.settings import PROJECT

REFERENCE_DIR = PROJECT / "data" / "reference"
FACTS = "facts"  # a folder: one file for each theme, see sales/reference/facts.py
FILE_NAMES = ("sources.yml", "links.yml", "components.yml", "comparisons.yml", FACTS)
FEATURES = (
    "manufacturer", "tolerance", "insertion_loss", "return_loss", "alignment",
    "repolish", "durability", "application", "cost", "housing",
)  # fmt: skip
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times faster
Confidence = Literal["confirmed", "partly-confirmed", "secondary", "general-knowledge"]
FiberGrade = Literal["OM1", "OM2", "OM3", "OM4", "OM5", "OS1", "OS2"]


class ReferenceFileError(ValueError):
    """A reference file cannot be used; the text names the file, the entry and the field."""


class Entry(BaseModel):
    """A row of a file; what it may hold, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: tuple[str, ...] = Field(min_length=1)


class LinkEntry(Entry):
    name: str = Field(min_length=1)
    family: Literal["ethernet", "infiniband", "fibre-channel"]
    status: Literal["published", "msa", "vendor", "draft"]
    rate_gbps: int = Field(gt=0)
    standard: str
    clause: int | None
    lanes_per_direction: int = Field(gt=0)
    lane_rate_gbps: int = Field(gt=0)
    modulation: Literal["NRZ", "PAM4"]
    wavelengths_nm: tuple[float, ...] = Field(min_length=1)
    fiber_mode: Literal["MM", "SM"]
    topology: Literal["duplex", "duplex-wdm", "parallel", "parallel-bidi"]
    connector: str
    polish: str
    fibers_used: int = Field(gt=0)
    reach_m: dict[FiberGrade, float] = Field(min_length=1)
    max_channel_insertion_loss_db: dict[FiberGrade, float]
    aliases: tuple[str, ...] = ()
    breakout: tuple[str, ...] = ()
    confidence: Confidence
    field_confidence: dict[str, Confidence]
    notes: str = ""

    @model_validator(mode="after")
    def _fibers_agree(self) -> LinkEntry:
        wrong = [fiber for fiber in self.reach_m if fiber_mode(fiber) != self.fiber_mode]
        if wrong:
            raise ValueError(f"reach_m has {wrong[0]}, which is not {self.fiber_mode} fiber")
        without = set(self.max_channel_insertion_loss_db) - set(self.reach_m)
        if without:
            raise ValueError(
                f"max_channel_insertion_loss_db has {min(without)} but reach_m has not"
            )
        return self

    def to_link(self) -> Link:
        losses = self.max_channel_insertion_loss_db
        values = self.model_dump(exclude={"reach_m", "max_channel_insertion_loss_db", "source"})
        fibers = (
            LinkFiber(grade, reach, losses.get(grade)) for grade, reach in self.reach_m.items()
        )
        return Link(**values, fibers=tuple(fibers), sources=self.source)


class ComponentEntry(Entry):
    id: str = Field(min_length=1)
    kind: str
    title: str
    unit: str
    figures: dict[str, float] = Field(min_length=1)
    confidence: Confidence
    notes: str = ""

    def to_component(self) -> Component:
        return Component(**self.model_dump(exclude={"source"}), sources=self.source)


class ComparisonEntry(Entry):
    feature: str
    title: str
    mtp: str = Field(min_length=1)
    mpo: str = Field(min_length=1)
    verdict: str = Field(min_length=1)
    better: Literal["MTP", "MPO", "either"]

    @model_validator(mode="after")
    def _feature_is_known(self) -> ComparisonEntry:
        if self.feature not in FEATURES:
            raise ValueError(f"feature is {self.feature!r}; use one of {', '.join(FEATURES)}")
        return self

    def to_comparison(self) -> Comparison:
        return Comparison(**self.model_dump(exclude={"source"}), sources=self.source)


AnyEntry = TypeVar("AnyEntry", bound=Entry)


def read_sources(folder: Path = REFERENCE_DIR) -> dict[str, str]:
    """Source id to its words. Raises ReferenceFileError."""
    found = read_map(folder / "sources.yml").get("sources")
    if not isinstance(found, dict):
        raise ReferenceFileError("sources.yml: `sources` must be a map of id to title.")
    for name, title in found.items():
        if not isinstance(title, str):
            raise ReferenceFileError(f"sources.yml, entry {name!r}: the title must be text.")
    return found


def read_links(folder: Path = REFERENCE_DIR) -> tuple[Link, ...]:
    """Every link, in the file's order. Raises ReferenceFileError."""
    return tuple(entry.to_link() for entry in _entries(folder, "links", LinkEntry, "name"))


def read_components(folder: Path = REFERENCE_DIR) -> tuple[Component, ...]:
    """Every component, in the file's order. Raises ReferenceFileError."""
    entries = _entries(folder, "components", ComponentEntry, "id")
    return tuple(entry.to_component() for entry in entries)


def read_comparisons(folder: Path = REFERENCE_DIR) -> tuple[Comparison, ...]:
    """Every feature, in the file's order. Raises ReferenceFileError, also when one is missing."""
    entries = _entries(folder, "comparisons", ComparisonEntry, "feature")
    missing = [name for name in FEATURES if name not in {entry.feature for entry in entries}]
    if missing:
        raise ReferenceFileError(f"comparisons.yml: add a row for {', '.join(missing)}.")
    return tuple(entry.to_comparison() for entry in entries)


@lru_cache(maxsize=1)
def known_links() -> dict[str, Link]:
    """The links that the project ships, by name; read once per process."""
    return {link.name: link for link in read_links()}


def _entries(folder: Path, section: str, model: type[AnyEntry], key: str) -> list[AnyEntry]:
    file = f"{section}.yml"
    rows = rows_of(read_map(folder / file), section, file)
    return checked_entries(file, rows, model, key, read_sources(folder), {})


def rows_of(content: dict[str, Any], section: str, file: str) -> list[Any]:
    """The list under `section`. Raises ReferenceFileError."""
    rows = content.get(section)
    if not isinstance(rows, list):
        raise ReferenceFileError(f"{file}: `{section}` must be a list.")
    return rows


def checked_entries(
    file: str,
    rows: list[Any],
    model: type[AnyEntry],
    key: str,
    sources: Collection[str],
    seen: dict[str, str],
) -> list[AnyEntry]:
    """The rows as entries. `seen` maps the ids so far to their file, and grows.

    Raises ReferenceFileError for a wrong field, an id that was seen and an unknown source.
    """
    entries: list[AnyEntry] = []
    for number, row in enumerate(rows, start=1):
        name = _entry_name(row, key, number)
        entry = _checked(model, row, f"{file}, entry {name}")
        if name in seen:
            raise ReferenceFileError(
                f"{file}, entry {name}: it appears twice (also in {seen[name]}); keep one."
            )
        unknown = [source for source in entry.source if source not in sources]
        if unknown:
            raise ReferenceFileError(
                f"{file}, entry {name}, field source: {unknown[0]!r} is no known source; add it."
            )
        seen[name] = file
        entries.append(entry)
    return entries


def _entry_name(row: Any, key: str, number: int) -> str:
    named = row.get(key) if isinstance(row, dict) else None
    return str(named) if named else f"number {number}"


def _checked(model: type[AnyEntry], row: Any, where: str) -> AnyEntry:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        place = f"{where}, field {field}" if field else where
        reason = first["msg"].removeprefix("Value error, ")
        raise ReferenceFileError(
            f"{place}: {reason} (found {str(first['input'])[:80]!r})."
        ) from error


def read_map(path: Path) -> dict[str, Any]:
    """What a YAML file holds. Raises ReferenceFileError."""
    try:
        text = path.read_text(encoding="utf-8")
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a safe loader
    except FileNotFoundError as error:
        raise ReferenceFileError(
            f"{path.name}: the file is missing from {path.parent.name}/."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ReferenceFileError(f"{path.name}: it is not readable YAML: {error}") from error
    if not isinstance(found, dict):
        raise ReferenceFileError(
            f"{path.name}: it must hold a map, for example `links:` and a list."
        )
    return found
