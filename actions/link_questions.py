"""What a message asks about optics, joined with what was asked a moment ago."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rasa_sdk import Tracker

from actions.base import entity_values, first_entity, text_of
from sales.reference import link_details as ask
from sales.reference.link_details import LinkQuestion, details_asked, is_yes_no
from sales.reference.link_search import LinkConditions, links_that_meet
from sales.reference.names import match_links, names_like_a_link, understand
from sales.reference.values import Link, fiber_mode, rate_text

MEMORY = "link_question"  # the slot
NANOMETRES = re.compile(r"\b(\d{3,4})(?:\.\d+)?\s*(?:nm|nanomet\w+)\b", re.IGNORECASE)
DUPLEX = re.compile(r"\bduplex\b|\b(?:one|a single) (?:fib(?:er|re) )?pair\b", re.IGNORECASE)
DRAFTS = re.compile(r"\bdrafts?\b|\bnot (?:yet )?ratified\b", re.IGNORECASE)
SEVERAL = re.compile(
    r"\b(?:which|what|list|show|all|any)\b.*\b(?:optics?|transceivers?|modules?|links?|standards?|"
    r"pmds?|ones|options?|types?)\b|\bwhat (?:runs|works|can|do i need|would i need)\b|"
    r"\b(?:optics|transceivers|options|links)\b",
    re.IGNORECASE,
)
WIDER_NAME = re.compile(r"^(?:[-.]?\d|\+|[a-z])", re.IGNORECASE)
PAIRED = re.compile(
    r"\b(?:talk|connect|link|pair|mate|work|go|interop\w*|interwork\w*|compatible|plug\w*)s?"
    r"(?: up| directly| together)? (?:to|with|against|into|in)\b|\binterop\w*|"
    r"^\W*\d[\w.-]*(?: \w*[sld]r\w*)? (?:to|<->|against) (?:a |an |four )?\d|"
    r"\b(?:talk|connect|link|pair|mate) (?:to )?(?:each other|together)|\bwork together\b",
    re.IGNORECASE,
)
MULTIPLIER = re.compile(r"\d\s?x\s?$", re.IGNORECASE)
BREAKOUT_TARGET = re.compile(r"\b(?:to|into|in)\b|\d\s?x\s?$", re.IGNORECASE)
DEPENDS_ON_FIBER = (ask.REACH, ask.LOSS)


@dataclass(frozen=True)
class LinkRequest:
    """What is asked: about these links, about one of these choices, or about all that meet."""

    question: LinkQuestion
    conditions: LinkConditions
    links: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    unknown: str = ""
    is_list: bool = False
    is_pair: bool = False  # whether the two named link with each other

    def is_about_nothing(self) -> bool:
        return not (self.links or self.choices or self.unknown) and self.conditions.is_empty()


def read_request(tracker: Tracker, known: Sequence[Link]) -> LinkRequest:
    """What the latest message alone asks."""
    text = text_of(tracker)
    typed = "" if text.startswith("/") else text
    details = tuple(entity_values(tracker, "link_detail")) or details_asked(typed)
    rates = _loose_rates(tracker, typed)
    target = rates[-1] if rates and ask.BREAKOUT in details and _is_target(tracker) else None
    asked = LinkQuestion(
        details=details,
        fiber=_of_one_mode(tracker),
        length_m=first_entity(tracker, "length_m"),
        connector=_only(tracker, "connector") or _only(tracker, "brand"),
        polish=_only(tracker, "polish"),
        fibers=first_entity(tracker, "fibers"),
        to_gbps=target,
        is_yes_no=is_yes_no(typed),
    )
    rates = tuple(rate for rate in rates if rate != target)
    links, choices, unknown = _named(tracker, typed, rates, known)
    return LinkRequest(
        asked,
        _conditions(asked, typed, rates),
        links,
        choices,
        unknown,
        bool(SEVERAL.search(typed)),
        bool(PAIRED.search(typed)),
    )


def _only(tracker: Tracker, entity: str) -> Any:
    """Its value, unless the message names several: "APC or UPC?" asks for neither."""
    values = set(entity_values(tracker, entity))
    return values.pop() if len(values) == 1 else None


def _of_one_mode(tracker: Tracker) -> Any:
    """The first fiber named, unless single mode stands against multimode."""
    fibers = entity_values(tracker, "fiber")
    return fibers[0] if len({fiber_mode(fiber) for fiber in fibers}) == 1 else None


def _conditions(asked: LinkQuestion, text: str, rates: tuple[int, ...]) -> LinkConditions:
    light, names = NANOMETRES.search(text), understand(text)
    families = tuple(names.families) or (("infiniband",) if names.generations else ())
    return LinkConditions(
        rates=rates,
        fiber=asked.fiber,
        length_m=asked.length_m,
        connector=asked.connector if not re.search(r"\bor\b", text) else None,
        polish=asked.polish,
        fibers=asked.fibers,
        wavelength_nm=int(light[1]) if light else None,
        families=families,
        is_duplex=DUPLEX.search(text) is not None,
        is_draft=DRAFTS.search(text) is not None,
        breaks_out=asked.asks(ask.BREAKOUT),
    )


def _loose_rates(tracker: Tracker, text: str) -> tuple[int, ...]:
    """The data rates that are not part of an optic's name."""
    entities = tracker.latest_message.get("entities") or []
    names = [e for e in entities if e["entity"] == "link"] if text else []
    found = [
        e
        for e in entities
        if e["entity"] == "data_rate"
        and not any(n["start"] <= e["start"] and e["end"] <= n["end"] for n in names)
    ]
    values = [int(e["value"]) for e in found]
    return tuple(dict.fromkeys(values))


def _is_target(tracker: Tracker) -> bool:
    """Whether the last rate is what something breaks out to: "to 100G", "4x100G"."""
    rates = [e for e in tracker.latest_message.get("entities") or [] if e["entity"] == "data_rate"]
    before = text_of(tracker)[: int(rates[-1]["start"])] if rates else ""
    return BREAKOUT_TARGET.search(before[-8:]) is not None


Named = tuple[tuple[str, ...], tuple[str, ...], str]  # links, choices, unknown name


def _named(tracker: Tracker, text: str, rates: Sequence[int], known: Sequence[Link]) -> Named:
    links: list[str] = []
    choices: list[str] = []
    for entity in tracker.latest_message.get("entities") or []:
        if entity["entity"] != "link":
            continue
        if text and (wider := _wider_name(text, entity)):
            is_bare = rates and not re.match(r"\d+(?:\.\d+)?\s?[gt]", wider, re.IGNORECASE)
            return (), (), f"{rate_text(rates[0])} {wider}" if is_bare else wider
        meant = _meant(str(entity["value"]), rates, known)
        if not meant:
            rate = rate_text(rates[0]) if rates else ""
            return (), (), f"{rate} {entity['value']}".strip()
        (links if len(meant) == 1 else choices).extend(link.name for link in meant)
    if links or choices:
        return tuple(dict.fromkeys(links)), tuple(dict.fromkeys(choices)), ""
    return _unread(text, known)


def _wider_name(text: str, entity: dict[str, Any]) -> str:
    """The whole word when the name found is only part of it: "DR4-3", "2xDR4"; else ""."""
    before, after = text[: entity["start"]], text[entity["end"] :]
    multiplier = MULTIPLIER.search(before)
    if not (WIDER_NAME.match(after) or (multiplier and "2x" not in str(entity["value"]))):
        return ""
    first = multiplier.start() if multiplier else entity["start"]
    head = text[:first].split(" ")[-1] if text[:first][-1:] not in ("", " ") else ""
    return head + text[first : entity["end"]] + re.split(r"[\s,?!;]", after)[0]


def _meant(name: str, rates: Sequence[int], known: Sequence[Link]) -> list[Link]:
    found = [link for link in known if link.name == name] or match_links(name, known)
    if len(found) > 1 and rates:
        return [link for link in found if link.rate_gbps in rates]
    if len(found) <= 1 and rates and not re.match(r"\d|IB-", name):
        found = [link for link in match_links(name, known) if link.rate_gbps in rates]
    return found


def _unread(text: str, known: Sequence[Link]) -> Named:
    """Names that the entities do not know: "LR", "hdr", "400GBASEDR4", "400GBASE-ZR"."""
    name = names_like_a_link(text)
    found = match_links(name, known) if name else match_links(text, known)
    names = tuple(link.name for link in found)
    if len(names) == 1:
        return names, (), ""
    return (), names, "" if names else name


def joined(asked: LinkRequest, before: LinkRequest, known: Sequence[Link]) -> LinkRequest:
    """A follow-up with what it leaves out taken from the request before it.

    A fiber said earlier is dropped where the optic has no figure on it.
    """
    request = _joined(asked, before, known)
    fiber, links = request.question.fiber or "", _of_names(request.links, known)
    if asked.question.fiber or not links or any(link.on(fiber) for link in links):
        return request
    return replace(request, question=replace(request.question, fiber=None))


def _joined(asked: LinkRequest, before: LinkRequest, known: Sequence[Link]) -> LinkRequest:
    question = _joined_question(asked, before)
    if asked.unknown or asked.links:
        return replace(asked, question=question)
    if asked.choices:
        links = _of_names(asked.choices, known)
        rates = {link.rate_gbps for link in _of_names(before.links, known)}
        return _chosen(
            asked, question, [link for link in links if link.rate_gbps in rates] or links
        )
    if asked.conditions.rates and (before.links or before.choices):
        return _at_other_rate(asked, before, question, known)
    if before.links or before.choices:
        return replace(before, question=question)
    return replace(before, question=question, conditions=_joined_conditions(asked, before))


def _chosen(asked: LinkRequest, question: LinkQuestion, links: Sequence[Link]) -> LinkRequest:
    names = tuple(link.name for link in links)
    if len(names) == 1:
        return replace(asked, question=question, links=names, choices=())
    return replace(asked, question=question, choices=names)


def _at_other_rate(
    asked: LinkRequest, before: LinkRequest, question: LinkQuestion, known: Sequence[Link]
) -> LinkRequest:
    """ "The 100G one" of several, or the namesake at another rate, or all of that rate."""
    rates = asked.conditions.rates
    chosen = [link for link in _of_names(before.choices, known) if link.rate_gbps in rates]
    if chosen:
        return _chosen(asked, question, chosen)
    old = _of_names(before.links, known)
    endings = {link.name.rpartition("-")[2] for link in old}
    namesakes = [
        link
        for link in known
        if link.rate_gbps in rates
        and link.name.partition("-")[2] in endings
        and link.family == "ethernet"
        and not link.is_draft
    ]
    if len(namesakes) == 1:
        return _chosen(asked, question, namesakes)
    fiber = question.fiber or (old[0].fiber_mode if old else None)
    wanted = LinkConditions(rates=rates, fiber=fiber, length_m=question.length_m)
    found = links_that_meet(known, wanted)
    request = replace(asked, question=question, conditions=wanted, is_list=True)
    return request if found else replace(request, conditions=replace(wanted, fiber=None))


def _joined_question(asked: LinkRequest, before: LinkRequest) -> LinkQuestion:
    new, old = asked.question, before.question
    details = new.details or _implied(new) or old.details
    if new.fiber and not new.details and not set(details) & set(DEPENDS_ON_FIBER):
        details = (ask.REACH,)
    is_named = bool(asked.links or asked.choices or asked.conditions.rates)
    says_yes_or_no = new.is_yes_no or bool(
        not is_named and (new.polish or new.connector or new.fibers or new.fiber in ("SM", "MM"))
    )
    return replace(
        new,
        details=details,
        fiber=new.fiber or old.fiber,
        length_m=new.length_m or (old.length_m if new.fiber or is_named else None),
        is_yes_no=says_yes_or_no or (is_named and old.is_yes_no),
        polish=new.polish or (old.polish if is_named else None),
        connector=new.connector or (old.connector if is_named else None),
        to_gbps=new.to_gbps or (old.to_gbps if is_named else None),
    )


def _implied(new: LinkQuestion) -> tuple[str, ...]:
    """ "What about APC?" asks for the polish, "and 80 m?" for the reach."""
    if new.polish:
        return (ask.POLISH,)
    if new.connector:
        return (ask.CONNECTOR,)
    return (ask.REACH,) if new.length_m else ()


def _joined_conditions(asked: LinkRequest, before: LinkRequest) -> LinkConditions:
    said = {name: value for name, value in asdict(asked.conditions).items() if value}
    return replace(before.conditions, **said)


def _of_names(names: Sequence[str], known: Sequence[Link]) -> list[Link]:
    return [link for link in known if link.name in names]


def fitting_fiber(request: LinkRequest, known: Sequence[Link]) -> LinkRequest:
    """A bare name's choices without those that cannot run on the fiber named."""
    mode = fiber_mode(request.question.fiber or "")
    links = [link for link in _of_names(request.choices, known) if link.fiber_mode == mode]
    return _chosen(request, request.question, links) if links else request


def remembered(tracker: Tracker) -> LinkRequest | None:
    """The request that was answered last, as `as_memory` keeps it."""
    kept = tracker.get_slot(MEMORY)
    if not isinstance(kept, dict):
        return None
    question = {**kept["question"], "details": tuple(kept["question"]["details"])}
    wanted: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in kept["conditions"].items()
    }
    return LinkRequest(
        LinkQuestion(**question),
        LinkConditions(**wanted),
        tuple(kept["links"]),
        tuple(kept["choices"]),
        is_list=bool(kept["is_list"]),
    )


def as_memory(request: LinkRequest) -> dict[str, Any]:
    """The request as a slot keeps it."""
    kept = asdict(request)
    kept.pop("unknown")
    return kept
