"""Loads data/reference into the tables, and only when a file has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from sales.catalog.tables import catalog_meta
from sales.database import transaction
from sales.reference.facts import fact_files, read_fact_sources, read_facts
from sales.reference.files import (
    FACTS,
    FILE_NAMES,
    REFERENCE_DIR,
    ReferenceFileError,
    read_comparisons,
    read_components,
    read_links,
    read_sources,
)
from sales.reference.tables import (
    comparisons,
    components,
    facts,
    link_fibers,
    links,
    sources,
)

META_PREFIX = "reference/"


def seed_reference(engine: Engine, folder: Path = REFERENCE_DIR) -> tuple[str, ...]:
    """The names of the files whose rows were replaced; () when nothing had changed.

    All files are read and checked first, so a mistake in one leaves every table as it was.
    Raises ReferenceFileError.
    """
    hashes = {name: _content_hash(_files_behind(name, folder)) for name in FILE_NAMES}
    with transaction(engine) as session:
        stored = _stored_hashes(session)
        changed = [name for name in FILE_NAMES if stored.get(name) != hashes[name]]
        if not changed:
            return ()
        rows = {name: reader(folder) for name, reader in _READERS.items()}
        for name in changed:
            _replace(session, rows[name])
            _remember(session, name, hashes[name])
    return tuple(changed)


def _files_behind(name: str, folder: Path) -> list[Path]:
    """The files that decide the rows: those of facts bring sources of their own."""
    if name == FACTS:
        return fact_files(folder)
    if name == "sources.yml":
        return [folder / name, *fact_files(folder)]
    return [folder / name]


def _content_hash(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise ReferenceFileError(
                f"{path.name}: the file is missing from {path.parent.name}/."
            ) from error
        digest.update(f"{path.name} {len(content)} ".encode() + content)
    return digest.hexdigest()


def _stored_hashes(session: Session) -> dict[str, str]:
    query = sa.select(catalog_meta).where(catalog_meta.c.key.startswith(META_PREFIX))
    return {row.key.removeprefix(META_PREFIX): row.value for row in session.execute(query)}


def _remember(session: Session, name: str, content_hash: str) -> None:
    key = META_PREFIX + name
    session.execute(sa.delete(catalog_meta).where(catalog_meta.c.key == key))
    session.execute(sa.insert(catalog_meta).values(key=key, value=content_hash))


def _replace(session: Session, rows: Mapping[sa.Table, list[dict[str, Any]]]) -> None:
    for table in reversed(list(rows)):
        session.execute(sa.delete(table))
    for table, values in rows.items():
        if values:
            session.execute(sa.insert(table), values)


def _source_rows(folder: Path) -> dict[sa.Table, list[dict[str, Any]]]:
    known = {**read_sources(folder), **read_fact_sources(folder)}
    return {sources: [{"id": name, "title": title} for name, title in known.items()]}


def _link_rows(folder: Path) -> dict[sa.Table, list[dict[str, Any]]]:
    found = read_links(folder)
    fibers = [
        {"link": link.name, "position": place, **asdict(fiber)}
        for link in found
        for place, fiber in enumerate(link.fibers)
    ]
    rows = [{**asdict(link), "position": place} for place, link in enumerate(found)]
    for row in rows:
        del row["fibers"]
    return {links: rows, link_fibers: fibers}


def _component_rows(folder: Path) -> dict[sa.Table, list[dict[str, Any]]]:
    found = read_components(folder)
    return {components: [{**asdict(item), "position": i} for i, item in enumerate(found)]}


def _comparison_rows(folder: Path) -> dict[sa.Table, list[dict[str, Any]]]:
    found = read_comparisons(folder)
    return {comparisons: [{**asdict(item), "position": i} for i, item in enumerate(found)]}


def _fact_rows(folder: Path) -> dict[sa.Table, list[dict[str, Any]]]:
    found = read_facts(folder)
    return {facts: [{**asdict(item), "position": i} for i, item in enumerate(found)]}


_READERS: dict[str, Callable[[Path], dict[sa.Table, list[dict[str, Any]]]]] = {
    "sources.yml": _source_rows,
    "links.yml": _link_rows,
    "components.yml": _component_rows,
    "comparisons.yml": _comparison_rows,
    FACTS: _fact_rows,
}
