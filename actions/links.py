"""Answers about optics, from the link table: one, several to choose from, or all that meet."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SalesAction, text_of
from actions.context import LINK, open_subject
from actions.link_questions import (
    MEMORY,
    LinkRequest,
    as_memory,
    fitting_fiber,
    joined,
    read_request,
    remembered,
)
from actions.migration import back_to_the_plan
from actions.shop import shop
from sales.reference import link_details as ask
from sales.reference.link_search import (
    link_lines,
    links_that_meet,
    list_text,
    needs_text,
    split_by_reach,
)
from sales.reference.link_text import distance, lead_sentences, link_answer
from sales.reference.names import nearest_links
from sales.reference.pairing import pairing_text
from sales.reference.store import all_links, source_titles
from sales.reference.values import Link

MOST_SHOWN = 6
MOST_COMPARED = 3
LONGEST_CORD_M = 10  # up to here a patch cord, above a trunk
UNLISTED = (
    (re.compile(r"\bG?(?:BASE)?-?(?:open)?ZR\b|\d ?G[ -]?ZR\b", re.I), "utter_faq/coherent_zr"),
    (re.compile(r"GBASE-?T\b", re.I), "utter_faq/cat6_or_fiber"),
)
Buttons = list[dict[str, str]]


class ActionLink(SalesAction):
    """ "How far can 400GBASE-DR4 go?", "SR4 on OM4", "which optics use MPO-16?"."""

    def name(self) -> str:
        return "action_link"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if plan := back_to_the_plan(tracker):
            return plan
        with shop() as session:
            known = all_links(session)
            request = understood(tracker, known)
            links = [link for link in known if link.name in request.links]
            sources = {link.name: source_titles(session, link.sources) for link in links}
        if topic := topic_of_unlisted(text_of(tracker)):
            dispatcher.utter_message(response=topic)
            return []
        if request.unknown:
            return say_unknown(dispatcher, request.unknown, known)
        if asks_for_price(request, tracker):
            return say_no_prices(dispatcher, request)
        if len(links) == 1:
            return say_link(dispatcher, links[0], request, sources[links[0].name])
        if links:
            return say_several(dispatcher, links, request)
        if request.choices:
            choices = [link for link in known if link.name in request.choices]
            return say_choices(dispatcher, choices, request)
        if request.conditions.is_empty():
            dispatcher.utter_message(response="say_ask_which_link")
            return [SlotSet(MEMORY, as_memory(request))]
        return say_all_that_meet(dispatcher, request, known)


def understood(tracker: Tracker, known: Sequence[Link]) -> LinkRequest:
    """What is asked; a message that names no optic goes on about the one before."""
    request, before = read_request(tracker, known), remembered(tracker)
    subject = open_subject(tracker)
    is_typed = not text_of(tracker).startswith("/")
    if before and is_typed and subject and subject.kind == LINK and leaves_open(request, before):
        request = joined(request, before, known)
    return fitting_fiber(request, known)


def topic_of_unlisted(text: str) -> str:
    """The answer on optics and ports that the table leaves out on purpose, or ""."""
    return next((topic for named, topic in UNLISTED if named.search(text)), "")


def leaves_open(request: LinkRequest, before: LinkRequest) -> bool:
    """Whether a request needs the one before it to be complete."""
    if request.is_list or request.unknown:
        return False
    if request.links:  # a full name answers "which one?"; else it is a question of its own
        return not request.question.details and (bool(before.choices) or not request.question.fiber)
    return bool(request.choices) or not (request.conditions.rates and request.question.fiber)


def asks_for_price(request: LinkRequest, tracker: Tracker) -> bool:
    return request.question.asks(ask.PRICE) and not request.conditions.length_m


def say_link(
    dispatcher: CollectingDispatcher, link: Link, request: LinkRequest, sources: Sequence[str]
) -> Events:
    """One optic: what was asked first, then the rest."""
    facts = link_answer(link, request.question, sources)
    length = request.question.length_m
    buttons = [budget_button(link, request.question.fiber, length)] if length else []
    dispatcher.utter_message(response="say_link", facts=facts, buttons=buttons)
    told = as_memory(LinkRequest(request.question, request.conditions, links=(link.name,)))
    return [SlotSet("last_link", link.name), SlotSet(MEMORY, told)]


def say_several(
    dispatcher: CollectingDispatcher, links: Sequence[Link], request: LinkRequest
) -> Events:
    """Optics beside each other: what was asked of each."""
    asked = [" ".join(lead_sentences(link, request.question)) for link in links[:MOST_SHOWN]]
    if request.is_pair and len(links) == 2:
        asked = [pairing_text(*links)]
    lines = [*asked, "", *link_lines(links[:MOST_SHOWN])]
    buttons = link_buttons(links, request)
    dispatcher.utter_message(response="say_links", lines="\n".join(lines), buttons=buttons)
    names = tuple(link.name for link in links)
    return [SlotSet(MEMORY, as_memory(LinkRequest(request.question, request.conditions, names)))]


def say_choices(
    dispatcher: CollectingDispatcher, links: Sequence[Link], request: LinkRequest
) -> Events:
    """A name that several optics share: which one, with buttons that keep the question."""
    lines = "\n".join(link_lines(links[:MOST_SHOWN], request.question.fiber))
    dispatcher.utter_message(
        response="say_which_link", lines=lines, buttons=link_buttons(links, request)
    )
    names = tuple(link.name for link in links)
    told = LinkRequest(request.question, request.conditions, choices=names)
    return [SlotSet(MEMORY, as_memory(told))]


def say_all_that_meet(
    dispatcher: CollectingDispatcher, request: LinkRequest, known: Sequence[Link]
) -> Events:
    """Every optic that meets the conditions, or what a length needs."""
    wanted = request.conditions
    found = links_that_meet(known, wanted)
    is_open = bool(wanted.rates) and not request.is_list and not wanted.length_m
    if is_open and len(found) > 1:
        return say_choices(dispatcher, found, request)
    if wanted.length_m and found:
        others = links_that_meet(known, replace(wanted, fiber=None))
        lines = needs_text(found, wanted, request.question.is_yes_no, others)
        enough, _short = split_by_reach(found, wanted.fiber, wanted.length_m)
        buttons = needs_buttons(enough, request)
        dispatcher.utter_message(response="say_link_needs", lines=lines, buttons=buttons)
    else:
        buttons = link_buttons(found, request) if len(found) <= MOST_SHOWN else []
        lines = list_text(found, wanted)
        dispatcher.utter_message(response="say_links", lines=lines, buttons=buttons)
    if request.question.asks(ask.PRICE):
        dispatcher.utter_message(response="say_no_optic_prices")
    names = (found[0].name,) if len(found) == 1 else ()
    told = LinkRequest(request.question, wanted, links=names, is_list=True)
    return [SlotSet(MEMORY, as_memory(told))]


def say_unknown(dispatcher: CollectingDispatcher, asked: str, known: Sequence[Link]) -> Events:
    """An optic that is not in the table: says so, with the nearest names and a person."""
    near = nearest_links(asked, known)
    buttons = [{"title": link.name, "payload": link_payload(link, None)} for link in near]
    nearest = f" The nearest names are {', '.join(link.name for link in near)}." if near else ""
    person = {"title": "Talk to a person", "payload": "/talk_to_person"}
    dispatcher.utter_message(
        response="say_unknown_link", asked=asked, nearest=nearest, buttons=[*buttons, person]
    )
    return [SlotSet(MEMORY, None)]


def say_no_prices(dispatcher: CollectingDispatcher, request: LinkRequest) -> Events:
    """Prices of optics are not in the table; the catalog has those of transceivers it sells."""
    dispatcher.utter_message(
        response="say_no_optic_prices",
        buttons=[catalog_button(name) for name in request.links[:MOST_COMPARED]],
    )
    return []


def catalog_button(link: str) -> dict[str, str]:
    """A button that searches the catalog for transceivers of an optic."""
    wanted = json.dumps({"family": "XCV", "link": link})
    return {"title": f"{link} in the catalog", "payload": f"/search_product{wanted}"}


def link_buttons(links: Sequence[Link], request: LinkRequest) -> Buttons:
    """One button for each of the first optics; it keeps the question."""
    return [
        {"title": link.name, "payload": link_payload(link, request)} for link in links[:MOST_SHOWN]
    ]


def link_payload(link: Link, request: LinkRequest | None) -> str:
    """What a button for one optic sends: its name, what was asked, and on which fiber."""
    sent: dict[str, Any] = {"link": link.name}
    if request and request.question.fiber:
        sent["fiber"] = request.question.fiber
    if request and request.question.length_m:
        sent["length_m"] = request.question.length_m
    if request and request.question.details:
        sent["link_detail"] = list(request.question.details)
    return f"/ask_link{json.dumps(sent)}"


def needs_buttons(links: Sequence[Link], request: LinkRequest) -> Buttons:
    """To the products for the first optic that reaches, and to its loss budget."""
    if not links:
        return [{"title": "Talk to a person", "payload": "/talk_to_person"}]
    link, wanted = links[0], request.conditions
    products = {"title": "Find the cabling", "payload": cabling_payload(link, request)}
    return [products, budget_button(link, wanted.fiber, wanted.length_m or 0)]


def cabling_payload(link: Link, request: LinkRequest) -> str:
    """A catalog search for the cords or trunks that an optic needs."""
    wanted = request.conditions
    is_mpo = link.connector.startswith("MPO")
    is_cord = (wanted.length_m or 0) <= LONGEST_CORD_M
    fiber = wanted.fiber if wanted.fiber not in (None, "SM", "MM") else link.fibers[-1].fiber
    sent: dict[str, Any] = {
        "family": ("PAT" if is_cord else "TRK") if is_mpo else "LCP",
        "connector": link.connector.split()[0] if is_mpo else "LC",
        "fiber": fiber,
        "length_m": wanted.length_m,
    }
    if link.polish == "APC":
        sent["polish"] = "APC"
    return f"/search_product{json.dumps(sent)}"


def budget_button(link: Link, fiber: str | None, length_m: float) -> dict[str, str]:
    """A button that asks for the loss budget of an optic over a length."""
    on = fiber if fiber and link.on(fiber) else link.fibers[-1].fiber
    asked = f"link budget for {link.name}, {on}, {length_m:g} m"
    return {"title": f"Loss budget over {distance(length_m)}", "payload": asked}
