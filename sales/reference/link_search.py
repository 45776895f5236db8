"""Which optics meet some conditions, and how that is said in a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sales.reference.link_text import (
    MODE_WORDS,
    cabling_text,
    distance,
    fibers_text,
    has_connector,
    listed,
    reach_text,
)
from sales.reference.values import Link, LinkFiber, rate_text

MOST_LINES = 8  # above that one line for each data rate
MOST_TOO_SHORT = 3
LOSS_TOO = "Reach is one half; the loss of the whole channel must fit as well."


@dataclass(frozen=True)
class LinkConditions:
    """What optics must meet; None and () where nothing was said."""

    rates: tuple[int, ...] = ()
    fiber: str | None = None  # a grade, or SM or MM
    length_m: float | None = None
    connector: str | None = None
    polish: str | None = None
    fibers: int | None = None
    wavelength_nm: int | None = None
    families: tuple[str, ...] = ()  # Ethernet when nothing is said
    is_duplex: bool = False
    is_draft: bool = False
    breaks_out: bool = False

    def is_empty(self) -> bool:
        return self == LinkConditions(families=self.families)


def links_that_meet(links: Iterable[Link], wanted: LinkConditions) -> list[Link]:
    """The optics that meet everything but the length, in the table's order."""
    return [link for link in links if _meets(link, wanted)]


def figures_on(link: Link, fiber: str | None) -> list[LinkFiber]:
    """Its figures on a fiber grade; all of them for SM, MM or no fiber."""
    if fiber in (None, "", *MODE_WORDS):
        return list(link.fibers)
    return [figure for figure in link.fibers if figure.fiber == fiber]


def longest_reach(link: Link, fiber: str | None) -> float:
    """How far it goes on that fiber at best, in metres; 0 without a figure."""
    return max((figure.reach_m for figure in figures_on(link, fiber)), default=0.0)


def split_by_reach(
    links: Sequence[Link], fiber: str | None, length_m: float
) -> tuple[list[Link], list[Link]]:
    """Those that reach, shortest first, and those that do not, closest first."""
    reach = {link.name: longest_reach(link, fiber) for link in links}
    enough = [link for link in links if reach[link.name] >= length_m]
    short = [link for link in links if reach[link.name] < length_m]
    return (
        sorted(enough, key=lambda link: reach[link.name]),
        sorted(short, key=lambda link: -reach[link.name]),
    )


def conditions_text(wanted: LinkConditions) -> str:
    """ "400G, on OM4, with MPO-16": what the optics had to meet."""
    said = [
        listed([rate_text(rate) for rate in wanted.rates], "or") if wanted.rates else "",
        f"on {MODE_WORDS.get(wanted.fiber, wanted.fiber)}" if wanted.fiber else "",
        f"with {wanted.connector}" if wanted.connector else "",
        f"with {wanted.polish} polish" if wanted.polish else "",
        f"with {fibers_text(wanted.fibers)}" if wanted.fibers else "",
        f"at {wanted.wavelength_nm} nm" if wanted.wavelength_nm else "",
        "over one pair of fibers" if wanted.is_duplex else "",
        "still a draft" if wanted.is_draft else "",
        "with a breakout" if wanted.breaks_out else "",
    ]
    return ", ".join(part for part in said if part)


def list_text(found: Sequence[Link], wanted: LinkConditions) -> str:
    """How many meet the conditions, and which: one line each, or one for each data rate."""
    told = conditions_text(wanted)
    if not found:
        return f"None in my table: {told}."
    count = "1 optic" if len(found) == 1 else f"{len(found)} optics"
    lines = link_lines(found, wanted.fiber) if len(found) <= MOST_LINES else _lines_by_rate(found)
    return "\n".join([f"{count} in my table ({told}):", *lines])


def link_lines(links: Iterable[Link], fiber: str | None = None) -> list[str]:
    """ "- 400GBASE-SR8: 100 m on OM4; 16 fibers, MPO-16, APC polish" for each."""
    return [f"- {link.name}: {reach_text(link, fiber)}; {cabling_text(link)}" for link in links]


def needs_text(
    found: Sequence[Link],
    wanted: LinkConditions,
    is_yes_no: bool,
    on_other_fiber: Sequence[Link] = (),
) -> str:
    """What a length needs: the optics that reach with their cabling, and the closest that don't.

    When none reaches, those of `on_other_fiber` that do are named.
    """
    length = wanted.length_m or 0.0
    enough, short = split_by_reach(found, wanted.fiber, length)
    over = f"{distance(length)}{_of_fiber(wanted.fiber)}"
    what = f"{conditions_text(_without_fiber(wanted))} over {over}".strip().removeprefix("over ")
    if not enough:
        lead = f"{'No: n' if is_yes_no else 'N'}othing in my table does {what}."
    elif two := _only_with_two(enough, wanted.connector):
        lead = f"Only with two {wanted.connector} trunks, not over one: {two}"
    elif is_yes_no:
        lead = f"Yes: {what} works with {listed([link.name for link in enough], 'or')}."
    else:
        lead = f"For {what} you need one of these optics and its cabling:"
        lead = lead if len(enough) > 1 else f"For {what} you need {enough[0].name} and its cabling:"
    lines = [_cabling_line(link, wanted.fiber, length) for link in enough[:MOST_LINES]]
    end = [LOSS_TOO] if enough else _elsewhere(on_other_fiber, length)
    return "\n".join([lead, *lines, *_too_short(short, wanted.fiber), *end])


def _only_with_two(links: Sequence[Link], connector: str | None) -> str:
    """What each of the optics takes when every one needs two plugs of that kind, else ""."""
    if not connector or not all(f"2x {connector}" in link.connector for link in links):
        return ""
    names, polish = listed([link.name for link in links], "or"), links[0].polish
    what = f"{names} takes {fibers_text(links[0].fibers_used)}"
    return (
        f"{what}, with {polish} at the optic. Other modules have {links[0].connector.split()[0]}."
    )


def _elsewhere(links: Sequence[Link], length_m: float) -> list[str]:
    enough, _short = split_by_reach(links, None, length_m)
    told = [f"{link.name} ({reach_text(link)})" for link in enough[:MOST_TOO_SHORT]]
    return [f"On another fiber: {listed(told, 'or')}."] if told else []


def _cabling_line(link: Link, fiber: str | None, length_m: float) -> str:
    on = [figure for figure in figures_on(link, fiber) if figure.reach_m >= length_m]
    losses = [figure.max_loss_db for figure in on if figure.max_loss_db is not None]
    loss = f"channel loss at most {losses[0]:g} dB" if losses else "channel loss by its data sheet"
    draft = "; a draft" if link.is_draft else ""
    return f"- {link.name} ({reach_text(link, fiber)}): {cabling_text(link)}; {loss}{draft}"


def _too_short(links: Sequence[Link], fiber: str | None) -> list[str]:
    if not links:
        return []
    told = [
        f"{link.name} ({distance(longest_reach(link, fiber))})" for link in links[:MOST_TOO_SHORT]
    ]
    return [f"Too short: {listed(told)}."]


def _of_fiber(fiber: str | None) -> str:
    return f" of {MODE_WORDS.get(fiber, fiber)}" if fiber else ""


def _without_fiber(wanted: LinkConditions) -> LinkConditions:
    return LinkConditions(
        rates=wanted.rates,
        connector=wanted.connector,
        polish=wanted.polish,
        fibers=wanted.fibers,
        is_duplex=wanted.is_duplex,
        breaks_out=wanted.breaks_out,
    )


def _lines_by_rate(links: Iterable[Link]) -> list[str]:
    rates: dict[int, list[str]] = {}
    for link in links:
        rates.setdefault(link.rate_gbps, []).append(link.name)
    return [f"- {rate_text(rate)}: {', '.join(names)}" for rate, names in sorted(rates.items())]


def _meets(link: Link, wanted: LinkConditions) -> bool:
    families = wanted.families or ("ethernet",)
    return (
        link.family in families
        and (not wanted.rates or link.rate_gbps in wanted.rates)
        and _runs_on(link, wanted.fiber)
        and (not wanted.connector or has_connector(link, wanted.connector))
        and (not wanted.polish or _has_polish(link, wanted.polish))
        and (not wanted.fibers or link.fibers_used == wanted.fibers)
        and (not wanted.wavelength_nm or wanted.wavelength_nm in link.wavelengths_nm)
        and (not wanted.is_duplex or link.topology.startswith("duplex"))
        and (not wanted.is_draft or link.is_draft)
        and (not wanted.breaks_out or bool(link.breakout))
    )


def _runs_on(link: Link, fiber: str | None) -> bool:
    if not fiber:
        return True
    return link.fiber_mode == fiber if fiber in MODE_WORDS else link.on(fiber) is not None


def _has_polish(link: Link, asked: str) -> bool:
    return asked in link.polish.split("/")
