"""A channel out of what a visitor has said about it; what was left out is assumed, and told.

What was said is a flat mapping, so that it can be kept, and changed fact by fact:

- `near.optic`, `far.optic` (a link's name, as typed), `near.connector`, `near.polish`, ...
- `trunk`, `cassette`, `harness`: "yes" or "no"; `trunk` also "usual": its type is to be assumed
- `cords`: "no" (the trunk goes into the optics) or "fitting" (choose them)
- `trunk.wiring`, `.connector`, `.polish`, `.fiber`, `.jacket`, `trunk.near.gender`, ...
- `cord.near.wiring`, `.polish`, `.fiber`, `.connector`, `.outer` (pins toward the optic),
  `.inner` (pins toward the trunk), and the same of `cord.far`
- `cassette.wiring`, `.gender`, `.connector`; `harness.wiring`, `.legs`, `.connector`, `.gender`
- `adapter.near.key`, `adapter.far.key`; `fiber`, `polish`: of all cables; `space`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product

from sales.channel_build import (
    adapter,
    cassette,
    harness,
    lc_cord,
    mpo_cord,
    trunk,
    usual_key,
    usual_polish,
)
from sales.channel_check import check_channel
from sales.channel_parts import (
    APC,
    CROSSED,
    PAIR_FLIPPED,
    PINNED,
    REVERSED,
    STRAIGHT,
    UNCROSSED,
    UNPINNED,
    Channel,
    ChannelError,
    Optic,
    Part,
    optic_of,
)
from sales.channel_rules import COUNT, POLARITY, POLISH, TYPE
from sales.reference.names import match_links
from sales.reference.values import Link, fiber_mode

Facts = Mapping[str, str]
NEAR, FAR = SIDES = ("near", "far")
END_NAMES = {NEAR: "end A", FAR: "end B"}
ENDS, TRUNK, CORDS = QUESTIONS = ("channel_ends", "channel_trunk", "channel_cords")
YES, NO, FITTING, USUAL = "yes", "no", "fitting", "usual"
USUAL_FIBER = {"MM": "OM4", "SM": "OS2"}
USUAL_OPTICS = {"SR4": "100GBASE-SR4", "DR4": "400GBASE-DR4", "SR8": "400GBASE-SR8"}
TRUNK_PART, CORD_PART = "trunk", "cord"
IN_SERIES = (
    "I check one trunk at a time, and a second one in series changes the polarity: two Type B "
    "trunks together run straight, as one Type A does, and need the cords of a Type A trunk. Name "
    "the trunk they amount to and I check that. Where the two meet, one plug must be pinned."
)
GENERAL = ("fiber", "polish")  # said of all cables; the word on a single one counts more
WHATEVER_ELSE = (TYPE, COUNT, POLISH)  # what fails here fails with any answer still missing


def with_facts(before: Facts, said: Facts) -> dict[str, str]:
    """What is known after something new was said: the new counts, the rest stays."""
    kept = {key: value for key, value in before.items() if not _is_outdated(key, before, said)}
    return {**kept, **said}


def _is_outdated(key: str, before: Facts, said: Facts) -> bool:
    part, _, what = key.partition(".")
    general = {name for name in GENERAL if name in said}
    if part in (TRUNK_PART, CORD_PART) and key.rsplit(".", 1)[-1] in general:
        return True
    if key == "cords":  # "choose them", until they are named
        return any(name.startswith("cord.") and name.endswith(".wiring") for name in said)
    if part == CORD_PART and what.endswith(".wiring"):
        return said.get("cords") == FITTING
    was_same = before.get("near.optic") == before.get("far.optic")
    names_one_end = "near.optic" in said and "far.optic" not in said
    if part == FAR and was_same and names_one_end:
        return True
    return what == "polish" and part in SIDES and f"{part}.optic" in said


def is_duplex(facts: Facts, side: str) -> bool:
    """Whether an LC port is at this end, as far as connectors were named."""
    named = facts.get(f"{side}.connector") or ""
    return named == "LC" or (not named and not facts.get(f"{side}.optic") and _has_lc(facts))


def _has_lc(facts: Facts) -> bool:
    cords = (facts.get(f"cord.{side}.connector") for side in SIDES)
    return facts.get("cassette") == YES or "LC" in cords


def missing(facts: Facts, links: Sequence[Link]) -> tuple[str, ...]:
    """The questions that must still be asked, in their order; () when the check can be made."""
    if not _knows_ends(facts):
        return tuple(
            question for question in QUESTIONS if question == ENDS or not _knows(facts, question)
        )
    left = tuple(question for question in (TRUNK, CORDS) if not _knows(facts, question))
    return () if left and _fails_anyhow(facts, links) else left


def _knows_ends(facts: Facts) -> bool:
    named = any(facts.get(f"{side}.{what}") for side in SIDES for what in ("optic", "connector"))
    return named or _has_lc(facts)


def _knows(facts: Facts, question: str) -> bool:
    if question == TRUNK:
        is_there = facts.get("trunk.wiring") or facts.get("trunk") in (NO, USUAL)
        return bool(is_there or facts.get("harness") == YES or _only_plugs_in(facts))
    if facts.get("cords") or facts.get("harness") == YES or _has_lc(facts):
        return True
    if facts.get("trunk") == NO and (facts.get("cord.near.outer") or facts.get("cord.near.polish")):
        return True
    if all(facts.get(f"{side}.connector") == "LC" for side in SIDES):
        return True
    return any(facts.get(f"cord.{side}.wiring") for side in SIDES)


def _only_plugs_in(facts: Facts) -> bool:
    """Whether it is asked if the trunk fits the optic: its polarity type is another matter."""
    told = ("trunk.near.gender", "trunk.polish", "trunk.connector", "near.polish")
    return facts.get("cords") == NO and any(facts.get(key) for key in told)


def _fails_anyhow(facts: Facts, links: Sequence[Link]) -> bool:
    if not facts.get("trunk") and not any(key.startswith("cord.") for key in facts):
        return False
    try:
        found = check_channel(described_channel(facts, links))
    except ChannelError:
        return True
    return any(failure.aspect in WHATEVER_ELSE for failure in found.failures)


def described_channel(facts: Facts, links: Sequence[Link]) -> Channel:
    """The channel that was described, with every assumption that was made.

    Raises ChannelError where an optic is not known or its connector is not checked here.
    """
    if facts.get("trunk.series"):
        raise ChannelError(IN_SERIES)
    if facts.get("cords") == FITTING:
        return _with_fitting_cords(facts, links)
    return _Builder(dict(facts), links).channel()


def _with_fitting_cords(facts: Facts, links: Sequence[Link]) -> Channel:
    """The first usual pair of cords with which the polarity is right, else the most usual pair."""
    bare = {key: value for key, value in facts.items() if key != "cords"}
    wirings = [
        (CROSSED, UNCROSSED) if _is_lc_side(facts, side, links) else (REVERSED, STRAIGHT)
        for side in SIDES
    ]
    tried = []
    for near, far in product(*wirings):
        cords = {"cord.near.wiring": near, "cord.far.wiring": far}
        tried.append((near, far, _Builder({**bare, **cords}, links).channel()))
    fits = (
        each
        for each in tried
        if all(failure.aspect != POLARITY for failure in check_channel(each[2]).failures)
    )
    near, far, channel = next(fits, tried[0])
    told = f"cords chosen to fit: {_wiring_text(near)} at end A, {_wiring_text(far)} at end B"
    return replace(channel, assumptions=(*channel.assumptions, told))


def _is_lc_side(facts: Facts, side: str, links: Sequence[Link]) -> bool:
    return _Builder(dict(facts), links).optic(side).connector == "LC-D"


def _wiring_text(wiring: str) -> str:
    return wiring.replace("-", "-to-") if "-" in wiring else f"Type {wiring}"


@dataclass
class _Builder:
    """Puts one channel together and collects what it assumed."""

    facts: dict[str, str]
    links: Sequence[Link]
    assumed: list[str] = field(default_factory=list)

    def channel(self) -> Channel:
        near, far = self.optic(NEAR), self.optic(FAR)
        if self._end(NEAR) and not self._end(FAR) and not self._breaks_out:
            self.assumed.append(f"{near.name} at both ends")
        parts = self._parts(near, far)
        joined = self._joined(parts)
        assumed = tuple(dict.fromkeys(self.assumed))
        return Channel(near, joined, far, self.facts.get("space", ""), assumed)

    # ------------------------------------------------------------ ends

    def optic(self, side: str) -> Optic:
        """What is at one end; what was said of the other end only is taken for both."""
        other = FAR if side == NEAR else NEAR
        if self._breaks_out and side == FAR and not self._end(FAR):
            return self._broken_out()
        told = side if self._end(side) else other
        name = self.facts.get(f"{told}.optic", "")
        is_same = self.facts.get("near.optic") == self.facts.get("far.optic")
        polish = self._word(
            f"{side}.polish", f"{told}.polish", *(["near.polish"] if is_same else [])
        )
        if name:
            return self._named_optic(name, self.facts.get(f"{told}.connector", ""), polish)
        connector = self.facts.get(f"{told}.connector") or ("LC" if _has_lc(self.facts) else "")
        return self._unnamed_optic(connector or "MPO-12", polish)

    def _end(self, side: str) -> str:
        return self._word(f"{side}.optic", f"{side}.connector")

    @property
    def _breaks_out(self) -> bool:
        return self.facts.get("harness") == YES

    def _broken_out(self) -> Optic:
        near = self.optic(NEAR)
        single = [
            link for name in near.breakout for link in self.links if name.endswith(f"x{link.name}")
        ]
        if single:
            return optic_of(single[0])
        return self._lc_port(near.fiber_mode)

    def _named_optic(self, name: str, connector: str, polish: str) -> Optic:
        meant = match_links(name, self.links)
        if not meant:
            raise ChannelError(f"{name} is not in our table of optics.")
        usual = USUAL_OPTICS.get(name.upper(), "")
        link = next((link for link in meant if link.name == usual), meant[0])
        wanted = connector if connector.startswith("MPO") and connector in link.connector else ""
        optic = optic_of(link, wanted, polish)
        if len(meant) > 1:
            self.assumed.append(_which_optic(name, link, optic, meant))
        return optic

    def _unnamed_optic(self, connector: str, polish: str) -> Optic:
        mode = self._mode(polish)
        if connector.startswith("LC"):
            return self._lc_port(mode, polish)
        port = polish or (APC if mode == "SM" else "PC")
        if not polish:
            kind = "single-mode, angled (APC)" if mode == "SM" else "multimode, flat, as SR4 is"
            self.assumed.append(f"{connector} optics: {kind}")
        lanes = 8 if connector == "MPO-16" else 4
        return Optic(f"{connector} optic", connector, mode, port, lanes)

    def _lc_port(self, mode: str, polish: str = "") -> Optic:
        if not self._said_fiber():
            self.assumed.append("multimode LC ports" if mode == "MM" else "single-mode LC ports")
        return Optic("LC port", "LC-D", mode, polish or usual_polish("LC-D", USUAL_FIBER[mode]))

    def _mode(self, polish: str) -> str:
        return fiber_mode(self._said_fiber()) or ("SM" if polish == APC else "MM")

    def _said_fiber(self) -> str:
        keys = ("fiber", "trunk.fiber", "cord.near.fiber", "cord.far.fiber", "cassette.fiber")
        return self._word(*keys)

    # ------------------------------------------------------------ parts

    def _parts(self, near: Optic, far: Optic) -> list[Part]:
        if self._breaks_out:
            return self._breakout_parts(near)
        has_trunk = self.facts.get("trunk") != NO
        if not has_trunk and self.facts.get("cassette") != YES:
            return [self._cord(NEAR, near, alone=True)]
        if self.facts.get("cords") == NO and near.is_parallel and far.is_parallel:
            return [self._trunk(near, far)]
        middle = self._trunk(near, far)
        ahead = self._side(NEAR, near, middle)
        behind = self._side(FAR, far, middle.flipped())
        return [*ahead, middle, *(part.flipped() for part in reversed(behind))]

    def _side(self, side: str, optic: Optic, middle: Part) -> list[Part]:
        """Cord and, where there is one, cassette, as seen from the optic."""
        cord = self._cord(side, optic)
        both_parallel = self.optic(NEAR).is_parallel and self.optic(FAR).is_parallel
        is_boxed = not optic.is_parallel or (both_parallel and self.facts.get("cassette") == YES)
        return [cord, self._cassette(side, optic, middle).flipped()] if is_boxed else [cord]

    def _breakout_parts(self, near: Optic) -> list[Part]:
        legs = int(self.facts.get("harness.legs") or near.lanes)
        connector = self.facts.get("harness.connector") or near.connector
        wiring = self.facts.get("harness.wiring") or REVERSED
        fiber = self._fiber("harness", near)
        cable = harness(
            wiring, fiber, legs, self.facts.get("harness.gender") or UNPINNED, connector
        )
        polish = self._word("harness.polish", "polish") or near.polish
        cable = replace(cable, near=replace(cable.near, polish=polish))
        if not self.facts.get("harness.wiring"):
            self.assumed.append("a harness whose legs follow the lanes of the optic")
        if self.facts.get("trunk") != YES:
            return [cable]
        return [self._cord(NEAR, near), self._trunk(near, near), cable]

    def _trunk(self, near: Optic, far: Optic) -> Part:
        port = next((optic for optic in (near, far) if optic.is_parallel), None)
        fiber = self._fiber("trunk", near)
        plug = port.connector if port else self._word("cassette.connector") or "MPO-12"
        connector = self._word("trunk.connector") or plug
        polish = self._word("trunk.polish", "polish") or (port.polish if port else "")
        wiring = self._word("trunk.wiring") or self._assume_trunk_wiring()
        made = trunk(wiring, fiber, self._trunk_genders(), connector, polish)
        jacket = self._word("trunk.jacket")
        return replace(made, jacket=jacket) if jacket else made

    def _assume_trunk_wiring(self) -> str:
        self.assumed.append("a Type B trunk")
        return REVERSED

    def _trunk_genders(self) -> str:
        said = [self._word(f"trunk.{side}.gender") for side in SIDES]
        usual = UNPINNED if self.facts.get("cords") == NO else PINNED
        if not all(said):
            word = "an unpinned" if usual == UNPINNED else "a pinned"
            self.assumed.append(f"{word} trunk")
        return "".join(gender or usual for gender in said)

    def _cord(self, side: str, optic: Optic, *, alone: bool = False) -> Part:
        def said(what: str) -> str:
            return self._word(f"cord.{side}.{what}")

        name = "" if alone else f"the cord at {END_NAMES[side]}"
        fiber = self._word(f"cord.{side}.fiber") or self._cord_fiber(optic)
        is_lc = said("connector") == "LC" or (not optic.is_parallel and not said("connector"))
        if is_lc:
            return replace(self._lc_cord(side, fiber, optic), name=name)
        wiring = said("wiring") or self._assume_cord(side, REVERSED)
        genders = f"{said('outer') or UNPINNED}{said('inner') or UNPINNED}"
        if not (said("outer") and said("inner")):
            self.assumed.append("unpinned cords, as the ports of optics are pinned")
        connector = said("connector") or (optic.connector if optic.is_parallel else "MPO-12")
        polish = said("polish") or self._word("polish") or optic.polish
        return replace(mpo_cord(wiring, fiber, genders, connector, polish), name=name)

    def _lc_cord(self, side: str, fiber: str, optic: Optic) -> Part:
        wiring = {STRAIGHT: UNCROSSED, REVERSED: CROSSED}.get(
            self._word(f"cord.{side}.wiring"), self._word(f"cord.{side}.wiring")
        )
        polish = optic.polish if not optic.is_parallel else ""
        return lc_cord(fiber, wiring or self._assume_cord(side, CROSSED), polish)

    def _assume_cord(self, side: str, wiring: str) -> str:
        if self.facts.get("cords") != FITTING:
            self.assumed.append(f"{_a(wiring)} cord at {END_NAMES[side]}")
        return wiring

    def _cord_fiber(self, optic: Optic) -> str:
        grade = self._said_fiber()
        return grade if fiber_mode(grade) == optic.fiber_mode else USUAL_FIBER[optic.fiber_mode]

    def _fiber(self, part: str, optic: Optic) -> str:
        grade = self._word(f"{part}.fiber", "fiber")
        if not grade:
            grade = self._cord_fiber(optic)
            if not self._said_fiber():
                self.assumed.append(f"{grade} fiber")
        return grade

    def _cassette(self, side: str, optic: Optic, middle: Part) -> Part:
        matching = {PAIR_FLIPPED: STRAIGHT}.get(middle.wiring, middle.wiring)
        wiring = self._word("cassette.wiring") or matching
        gender = self._word("cassette.gender") or _opposite(middle.near.gender)
        connector = self._word("cassette.connector") or middle.near.connector
        fiber = self._word("cassette.fiber", "fiber") or self._cord_fiber(optic)
        if not self._word("cassette.wiring"):
            self.assumed.append(f"Type {wiring} cassettes, as the trunk")
        if not self._word("cassette.gender"):
            pins = "pinned" if gender == PINNED else "unpinned"
            self.assumed.append(f"{pins} rear ports of the cassettes, to fit the trunk")
        box = cassette(wiring, fiber, gender, connector)
        rear = replace(box.near, polish=self._word("cassette.polish") or middle.near.polish)
        return replace(box, near=rear, name=f"the cassette at {END_NAMES[side]}")

    def _joined(self, parts: list[Part]) -> tuple[Part, ...]:
        """The parts with an adapter wherever two cables meet."""
        joined: list[Part] = []
        meetings = sum(a.is_cable and b.is_cable for a, b in pairwise(parts))
        for part in parts:
            if joined and joined[-1].is_cable and part.is_cable:
                is_first = not any(each.is_adapter for each in joined)
                side = NEAR if is_first or meetings == 1 else FAR
                joined.append(self._adapter(side, joined[-1], part))
            joined.append(part)
        return tuple(joined)

    def _adapter(self, side: str, left: Part, right: Part) -> Part:
        said = self._word(f"adapter.{side}.key")
        key = said or usual_key(left, right)
        if not said:
            told = "key up to key up" if key == "aligned" else "key up to key down"
            self.assumed.append(f"{key}-key adapters ({told})")
        return replace(adapter(key, right.near.connector), name=f"the adapter at {END_NAMES[side]}")

    def _word(self, *keys: str) -> str:
        """The first of these that was said, or ""."""
        return next((self.facts[key] for key in keys if self.facts.get(key)), "")


def _a(wiring: str) -> str:
    return f"an {_wiring_text(wiring)}" if "-" in wiring else f"a {_wiring_text(wiring)}"


def _opposite(gender: str) -> str:
    return {PINNED: UNPINNED, UNPINNED: PINNED}.get(gender, UNPINNED)


def _which_optic(name: str, link: Link, optic: Optic, meant: Iterable[Link]) -> str:
    other = next((each for each in meant if _port(each) != _port(link)), None)
    told = f"{name.upper()} taken as {link.name}"
    if other is None:
        return told
    polish = "an angled (APC)" if optic.polish == APC else "a flat"
    return f"{told}, which has {polish} port; the port of {other.name} differs"


def _port(link: Link) -> tuple[str, str, str]:
    return link.connector, link.fiber_mode, link.polish
