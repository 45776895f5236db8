"""A migration in words: the ways to the rate, what stays, what changes and what they may lose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sales.link_budget_text import length_text, limit_text
from sales.migration import DUPLEX, Migration, Way
from sales.reference.values import Link, rate_text

MOST_WAYS = 4


def migration_lines(plan: Migration, sources: Iterable[str] = ()) -> tuple[str, ...]:
    """The answer, the ways with the least change first, what is out of reach; a text per line.

    `sources` are the titles of `migration_sources(plan)`.
    """
    titles = list(sources)
    shown = plan.ways[:MOST_WAYS]
    return (
        headline(plan),
        *(line for number, way in enumerate(shown, start=1) for line in way_lines(number, way)),
        *_beyond(plan),
        "Check the loss of your panels with a link budget before you order.",
        *([f"Source: {'; '.join(titles)}"] if titles else []),
    )


def headline(plan: Migration) -> str:
    """Whether the fiber that lies there carries the rate."""
    plant = plan.plant
    asked = f"{rate_text(plan.rate_gbps)} over {length_text(plant.length_m)} of {plant.fiber}"
    own = [way for way in plan.ways if way.fiber == plant.fiber]
    if not plan.ways:
        return f"No: no link in our reference carries {asked}, nor over new fiber."
    if not own:
        return f"No: nothing in our reference carries {asked}; it takes new fiber."
    if any(way.effort == 0 for way in own):
        return f"Yes: {asked} works with new optics alone."
    kept = "cabling stays" if plant.connector == DUPLEX else "trunks stay"
    if any("trunk" not in way.steps for way in own):
        return f"Yes: {asked} works, and the {kept}."
    return f"Yes: the fiber grade carries {asked}, but it takes more or other trunks."


def way_lines(number: int, way: Way) -> list[str]:
    """One way: its link with reach and limit, then what stays, what changes and the notes."""
    reach = length_text(way.reach_m)
    limit = way.figure.max_loss_db
    loss = "no loss limit published" if limit is None else f"may lose {limit_text(limit)} dB here"
    return [
        f"{number}. {way.link.name} on {way.fiber}: up to {reach}, {loss}",
        *(f"Stays. {text}" for text in way.stays),
        *(f"Changes. {text}" for text in way.changes),
        *(f"Note. {text}" for text in way.notes),
    ]


def _beyond(plan: Migration) -> list[str]:
    if not plan.beyond:
        return []
    plant = plan.plant
    told = ", ".join(_reach_text(link, plant.fiber) for link in plan.beyond)
    return [f"Out of reach on {plant.fiber}: {told}"]


def _reach_text(link: Link, fiber: str) -> str:
    figure = link.on(fiber)
    return f"{link.name} ({length_text(figure.reach_m)})" if figure else f"{link.name} (no figure)"


def migration_sources(plan: Migration) -> Sequence[str]:
    """Ids of the sources of the ways that are shown, for `source_titles`."""
    ids = (source for way in plan.ways[:MOST_WAYS] for source in way.link.sources[:1])
    return tuple(dict.fromkeys(ids))
