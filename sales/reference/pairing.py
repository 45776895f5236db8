"""Whether two optics link with each other, whatever the cabling between them.

Both must send what the other can read: lanes of one rate and modulation, the same wavelengths, as
many of them, on fiber of one mode.
"""

from __future__ import annotations

from sales.reference.link_text import MODE_WORDS, distance
from sales.reference.values import Link, rate_text

SPREAD_NM = 5  # between the nominal wavelengths of optics that read each other


def pairing_text(one: Link, other: Link) -> str:
    """ "Yes: ..." or "No: ..." with the reason."""
    names = f"{one.name} and {other.name}"
    why = obstacle(one, other)
    if why:
        return f"No: {names} do not link: {why}."
    if one.name == other.name:
        return f"Yes: two {one.name} link with each other."
    reach = min(max((on.reach_m for on in link.fibers), default=0.0) for link in (one, other))
    up_to = f", up to {distance(reach)}, the reach of the shorter one" if reach else ""
    first, second = sorted((one, other), key=lambda link: -link.rate_gbps)
    if first.rate_gbps != second.rate_gbps:
        count = first.rate_gbps // second.rate_gbps
        told = f"{first.name} to {count} x {second.name} by breakout"
        return f"Yes, as a rule: {told}{up_to}. The port must support the breakout."
    return f"Yes, as a rule: {names} have the same lanes and wavelengths{up_to}."


def obstacle(one: Link, other: Link) -> str:
    """Why no cabling joins the two, "" when nothing in the table speaks against it."""
    if one.name == other.name or _breaks_out_to(one, other) or _breaks_out_to(other, one):
        return ""
    if one.family != other.family:
        return "they are of different families"
    if one.fiber_mode != other.fiber_mode:
        return f"{_of_mode(one)}, {_of_mode(other)}"
    if lane_text(one) != lane_text(other):
        return f"{_lanes(one)} against {_lanes(other)}{_common_rate(one, other)}"
    if not _same_light(one, other):
        return f"{_light(one)} against {_light(other)}"
    if one.rate_gbps == other.rate_gbps and one.fibers_used != other.fibers_used:
        return f"{one.fibers_used} fibers against {other.fibers_used}"
    more, less = sorted((one, other), key=lambda link: -link.rate_gbps)
    if one.rate_gbps != other.rate_gbps and (
        not more.is_parallel or more.rate_gbps % less.rate_gbps
    ):
        return f"{rate_text(one.rate_gbps)} against {rate_text(other.rate_gbps)}"
    return ""


def lane_text(link: Link) -> str:
    """ "25G NRZ"."""
    return f"{rate_text(link.lane_rate_gbps)} {link.modulation}"


def _lanes(link: Link) -> str:
    count = link.lanes_per_direction
    return f"{count} lane{'s' if count > 1 else ''} of {lane_text(link)}"


def _common_rate(one: Link, other: Link) -> str:
    """Lone NRZ lanes may run at the lower rate, which many modules can."""
    lone = {one.lanes_per_direction, other.lanes_per_direction} == {1}
    if not (lone and {one.modulation, other.modulation} == {"NRZ"} and _same_light(one, other)):
        return ""
    lower = rate_text(min(one.rate_gbps, other.rate_gbps))
    return f", unless both modules and ports run at {lower}"


def _same_light(one: Link, other: Link) -> bool:
    if len(one.wavelengths_nm) != len(other.wavelengths_nm):
        return False
    pairs = zip(sorted(one.wavelengths_nm), sorted(other.wavelengths_nm), strict=True)
    return all(abs(first - second) <= SPREAD_NM for first, second in pairs)


def _light(link: Link) -> str:
    many = len(link.wavelengths_nm)
    told = ", ".join(f"{nm:g}" for nm in link.wavelengths_nm)
    return f"{told} nm" if many <= 4 else f"{many} wavelengths"


def _of_mode(link: Link) -> str:
    return f"{link.name} needs {MODE_WORDS[link.fiber_mode]}"


def _breaks_out_to(one: Link, other: Link) -> bool:
    return any(each.split("x", 1)[-1] == other.name for each in one.breakout)
