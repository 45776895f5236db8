"""Queries over the sourced figures. Rows stay inside; frozen values come out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.catalog.tables import catalog_meta
from sales.reference.files import FACTS
from sales.reference.names import match_links
from sales.reference.seed import META_PREFIX
from sales.reference.tables import (
    comparisons,
    components,
    facts,
    link_fibers,
    links,
    sources,
)
from sales.reference.values import Comparison, Component, Fact, Link, LinkFiber

VERSION = sa.select(catalog_meta.c.value).where(catalog_meta.c.key == sa.bindparam("key"))
Kept = TypeVar("Kept")
_ROWS: dict[str, tuple[str, tuple[Any, ...]]] = {}  # by file: its version, and what it holds
_FIGURES: dict[tuple[str, ...], dict[str, str]] = {}


def find_link(session: Session, name: str) -> Link | None:
    """The one link that the name means, in whatever spelling; None when none or several do."""
    found = links_like(session, name)
    return found[0] if len(found) == 1 else None


def links_like(session: Session, text: str) -> list[Link]:
    """Every link that the text may mean ("SR4" means several), in the reference's order."""
    return match_links(text, all_links(session))


def links_for_rate(session: Session, gbps: int) -> list[Link]:
    """The links of one data rate in Gb/s, in the reference's order; [] if none."""
    return _links(session, links.c.rate_gbps == gbps)


def all_links(session: Session) -> list[Link]:
    """Every link, in the reference's order. Read once for each version of the file."""
    return _read_once(session, "links.yml", _links)


def component(session: Session, component_id: str) -> Component | None:
    """A component's figures by id, such as "mtp-elite-mm" or "OM4"; None if there is none."""
    query = sa.select(components).where(components.c.id == component_id)
    return next((_component(row) for row in session.execute(query)), None)


def all_components(session: Session) -> list[Component]:
    """Every component, in the reference's order. Read once for each version of the file."""
    return _read_once(session, "components.yml", _components)


def _read_once(session: Session, file: str, read: Callable[[Session], list[Kept]]) -> list[Kept]:
    """What `read` gives, kept while the file that the rows were seeded from is the same."""
    version = _version(session, file)
    if not version:
        return read(session)  # not seeded from a file
    if _ROWS.get(file, ("",))[0] != version:
        _ROWS[file] = version, tuple(read(session))
    return list(_ROWS[file][1])


def _components(session: Session) -> list[Component]:
    query = sa.select(components).order_by(components.c.position)
    return [_component(row) for row in session.execute(query)]


def comparison_rows(session: Session) -> list[Comparison]:
    """MTP against MPO feature by feature, in the article's order."""
    query = sa.select(comparisons).order_by(comparisons.c.position)
    return [_comparison(row) for row in session.execute(query)]


def comparison(session: Session, feature: str) -> Comparison | None:
    """One feature of the comparison, such as "return_loss"; None if there is no such row."""
    query = sa.select(comparisons).where(comparisons.c.feature == feature)
    return next((_comparison(row) for row in session.execute(query)), None)


def all_facts(session: Session) -> list[Fact]:
    """Every single figure with its source, in the order of its files."""
    query = sa.select(facts).order_by(facts.c.position)
    return [Fact(**_values(row, "sources")) for row in session.execute(query)]


def source_titles(session: Session, ids: Iterable[str]) -> list[str]:
    """The words of some sources, in the order of their ids; an unknown id is left out."""
    wanted = list(ids)
    query = sa.select(sources).where(sources.c.id.in_(wanted))
    titles = {row.id: row.title for row in session.execute(query)}
    return [titles[name] for name in wanted if name in titles]


def all_figures(session: Session) -> dict[str, str]:
    """Every figure as display text, for sentences with gaps in them.

    Keys: "mtp-elite-mm.max", "OM4.attenuation_design.850", "400GBASE-DR4.reach.OS2" (metres),
    "400GBASE-DR4.loss.OS2" (dB), "400GBASE-DR4.fibers", "400GBASE-DR4.connector", "fact.<id>".
    What is not published has no key.
    """
    version = tuple(_version(session, file) for file in ("links.yml", "components.yml", FACTS))
    if not all(version):
        return _all_figures(session)
    if version not in _FIGURES:
        _FIGURES.clear()
        _FIGURES[version] = _all_figures(session)
    return dict(_FIGURES[version])


def _all_figures(session: Session) -> dict[str, str]:
    figures: dict[str, str] = {}
    for part in all_components(session):
        figures.update(component_figures(part))
    for link in all_links(session):
        figures.update(link_figures(link))
    figures.update({f"fact.{fact.id}": fact.value for fact in all_facts(session)})
    return figures


def figure_text(value: float, decimals: int = 0) -> str:
    """A figure with at least that many decimals, never rounded: 0.60, 3.26, 500."""
    text = f"{value:.{decimals}f}"
    return text if float(text) == value else f"{value:.10g}"


def _decimals(unit: str, name: str) -> int:
    """Losses per part read 0.60; return loss, core, bandwidth, lengths and counts are whole."""
    if name.startswith(("return_loss", "core_um", "bandwidth")):
        return 0
    if name.startswith("attenuation") or unit == "dB/km":
        return 1
    return 2 if unit.startswith("dB") else 0


def component_figures(part: Component) -> dict[str, str]:
    """A part's figures as display text, by the names that sentences use."""
    return {
        f"{part.id}.{name}": figure_text(value, _decimals(part.unit, name))
        for name, value in part.figures.items()
    }


def link_figures(link: Link) -> dict[str, str]:
    """A link's figures as display text, by the names that sentences use."""
    figures = {
        f"{link.name}.rate": str(link.rate_gbps),
        f"{link.name}.fibers": str(link.fibers_used),
        f"{link.name}.lanes": str(link.lanes_per_direction),
        f"{link.name}.connector": link.connector,
        f"{link.name}.polish": link.polish,
    }
    for fiber in link.fibers:
        figures[f"{link.name}.reach.{fiber.fiber}"] = figure_text(fiber.reach_m)
        if fiber.max_loss_db is not None:
            figures[f"{link.name}.loss.{fiber.fiber}"] = figure_text(fiber.max_loss_db, 1)
    return figures


def _version(session: Session, file: str) -> str:
    """The content hash of a seeded file: equal hashes, equal rows."""
    return str(session.execute(VERSION, {"key": META_PREFIX + file}).scalar() or "")


def _links(session: Session, *conditions: Any) -> list[Link]:
    rows = session.execute(sa.select(links).where(*conditions).order_by(links.c.position)).all()
    names = [row.name for row in rows]
    fibers: dict[str, list[LinkFiber]] = defaultdict(list)
    query = sa.select(link_fibers).order_by(link_fibers.c.position)
    for row in session.execute(query.where(link_fibers.c.link.in_(names))):
        fibers[row.link].append(LinkFiber(row.fiber, row.reach_m, row.max_loss_db))
    return [_link(row, tuple(fibers[row.name])) for row in rows]


def _link(row: Any, fibers: tuple[LinkFiber, ...]) -> Link:
    values = _values(row, "wavelengths_nm", "aliases", "breakout", "sources")
    return Link(**values, fibers=fibers)


def _component(row: Any) -> Component:
    return Component(**_values(row, "sources"))


def _comparison(row: Any) -> Comparison:
    return Comparison(**_values(row, "sources"))


def _values(row: Any, *lists: str) -> dict[str, Any]:
    """A row as keyword arguments; JSON lists become tuples, and its place is left out."""
    values = {name: value for name, value in row._mapping.items() if name != "position"}
    return {name: tuple(value) if name in lists else value for name, value in values.items()}
